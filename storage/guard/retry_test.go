package guard_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"workcell/storage/guard"
)

var (
	errPassing = errors.New("may be gone next time")
	errLasting = errors.New("will be there next time")
)

func passing(err error) bool { return errors.Is(err, errPassing) }

func TestRetry(t *testing.T) {
	const ms, s = time.Millisecond, time.Second
	for name, test := range map[string]struct {
		retry  guard.Retry
		within time.Duration // of the context; 0: for ever
		errs   []error       // of the attempts; nil from then on
		want   error
		waits  []time.Duration
	}{
		"the first attempt succeeds":    {},
		"the last attempt succeeds":     {errs: []error{errPassing, errPassing}, waits: []time.Duration{100 * ms, 200 * ms}},
		"all attempts fail":             {errs: slices.Repeat([]error{errPassing}, 9), want: errPassing, waits: []time.Duration{100 * ms, 200 * ms}},
		"an error that lasts":           {errs: []error{errLasting}, want: errLasting},
		"an error that lasts comes":     {errs: []error{errPassing, errLasting}, want: errLasting, waits: []time.Duration{100 * ms}},
		"one attempt is all":            {retry: guard.Retry{Attempts: 1}, errs: []error{errPassing}, want: errPassing},
		"the wait would be too long":    {within: 100 * ms, errs: []error{errPassing}, want: errPassing},
		"the wait ends just in time":    {within: 100*ms + 1, errs: []error{errPassing}, waits: []time.Duration{100 * ms}},
		"the second would be too long":  {within: 250 * ms, errs: []error{errPassing, errPassing}, want: errPassing, waits: []time.Duration{100 * ms}},
		"delays grow up to the longest": {retry: guard.Retry{Attempts: 6, InitialDelay: s, MaxDelay: 5 * s, Multiplier: 2}, errs: slices.Repeat([]error{errPassing}, 5), waits: []time.Duration{s, 2 * s, 4 * s, 5 * s, 5 * s}},
		"delays may stay":               {retry: guard.Retry{Attempts: 4, Multiplier: 1}, errs: slices.Repeat([]error{errPassing}, 3), waits: []time.Duration{100 * ms, 100 * ms, 100 * ms}},
		"the longest is shorter":        {retry: guard.Retry{InitialDelay: 10 * s, MaxDelay: s}, errs: []error{errPassing}, waits: []time.Duration{s}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if test.within > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, test.within)
					defer cancel()
				}
				began, attempts := time.Now(), 0
				var waits []time.Duration
				try := func() error {
					attempts++
					if attempts > len(test.errs) {
						return nil
					}
					return test.errs[attempts-1]
				}
				err := test.retry.Again(ctx, try(), try, passing, func(attempt int, wait time.Duration, err error) {
					if attempt != attempts || !errors.Is(err, errPassing) {
						t.Errorf("told of attempt %d, %v after %d attempts", attempt, err, attempts)
					}
					waits = append(waits, wait)
				})
				if !errors.Is(err, test.want) || !slices.Equal(waits, test.waits) {
					t.Errorf("ended with %v after waits of %v, want %v, %v", err, waits, test.want, test.waits)
				}
				var sum time.Duration
				for _, wait := range waits {
					sum += wait
				}
				if passed := time.Since(began); passed != sum {
					t.Errorf("%v passed, the waits are %v", passed, sum)
				}
			})
		})
	}
}

func TestRetryStopsWhenNobodyWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		attempts := 0
		try := func() error { attempts++; return errPassing }
		err := guard.Retry{}.Again(ctx, errPassing, try, passing, func(int, time.Duration, error) {
			time.AfterFunc(time.Millisecond, cancel)
		})
		if attempts != 0 || !errors.Is(err, errPassing) {
			t.Errorf("%d attempts, ended with %v", attempts, err)
		}
	})
}

func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var shortest, longest time.Duration = time.Hour, 0
		retry := guard.Retry{Attempts: 1000, InitialDelay: time.Second, MaxDelay: time.Second, Jitter: true}
		_ = retry.Again(t.Context(), errPassing, func() error { return errPassing }, passing, func(_ int, wait time.Duration, _ error) {
			shortest, longest = min(shortest, wait), max(longest, wait)
		})
		if shortest < time.Second/2 || shortest > time.Second*6/10 || longest > time.Second*3/2 || longest < time.Second*14/10 {
			t.Errorf("waits between %v and %v, want them all over 0.5 s to 1.5 s", shortest, longest)
		}
	})
}
