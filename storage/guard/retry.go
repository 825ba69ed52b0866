package guard

import (
	"context"
	"math/rand/v2"
	"time"
)

// Retry is how often and how patiently something is tried again. It is for reads, and for writes of which it is certain
// that nothing was stored: what may have been written must not be written again. Zero values mean the defaults. A value;
// safe for concurrent use.
type Retry struct {
	Attempts     int           // in all, the first included; default 3
	InitialDelay time.Duration // before the second; default 100 ms
	MaxDelay     time.Duration // longest, jitter apart; default 5 s
	Multiplier   float64       // of the delay, from one to the next; default 2
	Jitter       bool          // each delay is multiplied by a random factor in 0.5..1.5
}

func (r Retry) withDefaults() Retry {
	if r.Attempts <= 0 {
		r.Attempts = 3
	}
	if r.InitialDelay <= 0 {
		r.InitialDelay = 100 * time.Millisecond
	}
	if r.MaxDelay <= 0 {
		r.MaxDelay = 5 * time.Second
	}
	if r.Multiplier < 1 {
		r.Multiplier = 2
	}
	return r
}

// Again goes on after a first attempt that failed with err: it calls try until that succeeds, or fails with an error that
// another attempt would not mend, or all attempts are used, and returns what the last one returned. It does not begin a
// wait that would not end before ctx's deadline, and stops waiting when ctx is done. passing says whether an error may be
// gone next time. waiting, if not nil, is told of each wait before it begins: that attempt (1 is the first) failed with err.
func (r Retry) Again(ctx context.Context, err error, try func() error, passing func(error) bool, waiting func(attempt int, wait time.Duration, err error)) error {
	r = r.withDefaults()
	delay := r.InitialDelay
	for attempt := 1; attempt < r.Attempts && err != nil && passing(err); attempt++ {
		wait := r.jittered(min(delay, r.MaxDelay))
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
			break
		}
		if waiting != nil {
			waiting(attempt, wait, err)
		}
		if !sleep(ctx, wait) {
			break
		}
		err = try()
		delay = time.Duration(min(float64(delay)*r.Multiplier, float64(r.MaxDelay)))
	}
	return err
}

func (r Retry) jittered(delay time.Duration) time.Duration {
	if !r.Jitter {
		return delay
	}
	return time.Duration(float64(delay) * (0.5 + rand.Float64()))
}

// sleep reports whether the time has passed without ctx being done.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
