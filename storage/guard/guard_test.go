package guard_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"workcell/storage/guard"
)

// bench is a Guard with a clock that stands still.
type bench struct {
	*guard.Guard
	t       *testing.T
	now     time.Time
	changes []guard.State
}

func newBench(t *testing.T, c guard.Config) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Now()}
	c.Now = func() time.Time { return b.now }
	c.Changed = func(from, to guard.State, s guard.Stats) {
		if from == to || s.State != to || to == guard.Open && s.Opened == 0 {
			t.Errorf("a change from %v to %v with %+v", from, to, s)
		}
		b.changes = append(b.changes, to)
	}
	b.Guard = guard.New(c)
	return b
}

func (b *bench) pass(d time.Duration) { b.now = b.now.Add(d) }

func (b *bench) admit() guard.Pass {
	b.t.Helper()
	p, err := b.Admit()
	if err != nil {
		b.t.Fatalf("refused: %v", err)
	}
	return p
}

func (b *bench) call(results ...guard.Result) {
	b.t.Helper()
	for _, r := range results {
		b.admit().Done(r)
	}
}

func (b *bench) refused(seconds int) {
	b.t.Helper()
	p, err := b.Admit()
	var open *guard.OpenError
	if !errors.As(err, &open) || open.RetryAfterSeconds != seconds {
		b.t.Fatalf("admit = %v, want to be refused for %d s", err, seconds)
	}
	p.Done(guard.Success) // the zero pass does nothing
}

func (b *bench) want(state guard.State, opened uint64) {
	b.t.Helper()
	if b.State() != state || b.Opened() != opened {
		b.t.Fatalf("%v, opened %d times; want %v, %d", b.State(), b.Opened(), state, opened)
	}
}

const fail, ok, neither = guard.Failure, guard.Success, guard.Neither

func TestThreshold(t *testing.T) {
	b := newBench(t, guard.Config{})
	b.want(guard.Closed, 0)
	b.call(fail, fail, fail, fail)
	b.want(guard.Closed, 0)
	b.call(neither, fail)
	b.want(guard.Open, 1)
	b.refused(30)
}

func TestASuccessStartsTheCountAnew(t *testing.T) {
	b := newBench(t, guard.Config{FailureThreshold: 3})
	b.call(fail, fail, ok, fail, fail)
	b.want(guard.Closed, 0)
	b.call(fail)
	b.want(guard.Open, 1)
}

func TestOneFailureMayBeEnough(t *testing.T) {
	b := newBench(t, guard.Config{FailureThreshold: 1, HalfOpenSuccesses: 1})
	b.call(ok, neither, fail)
	b.want(guard.Open, 1)
	b.pass(30 * time.Second)
	b.call(ok)
	b.want(guard.Closed, 1)
}

func TestFailureWindow(t *testing.T) {
	b := newBench(t, guard.Config{FailureThreshold: 3})
	b.call(fail)
	b.pass(60 * time.Second) // at most 60 s after the one before
	b.call(fail)
	b.pass(60*time.Second + 1) // too late: the count is 1 again
	b.call(fail)
	b.pass(time.Minute)
	b.call(fail)
	b.want(guard.Closed, 0)
	b.pass(time.Minute)
	b.call(fail)
	b.want(guard.Open, 1)
}

func TestOpenLastsItsTime(t *testing.T) {
	b := newBench(t, guard.Config{FailureThreshold: 1})
	b.call(fail)
	for _, step := range []struct {
		pass    time.Duration
		seconds int
	}{{0, 30}, {1, 30}, {time.Second - 1, 29}, {28*time.Second + 1, 1}, {999999998, 1}} {
		b.pass(step.pass)
		b.refused(step.seconds)
		b.want(guard.Open, 1)
	}
	b.pass(1)
	b.want(guard.HalfOpen, 1) // without traffic
	b.call(ok, ok)
	b.want(guard.HalfOpen, 1)
	b.call(ok)
	b.want(guard.Closed, 1)
	if want := []guard.State{guard.Open, guard.HalfOpen, guard.Closed}; !slices.Equal(b.changes, want) {
		t.Fatalf("changes %v, want %v", b.changes, want)
	}
}

func TestAFailedProbeOpensAgain(t *testing.T) {
	b := newBench(t, guard.Config{FailureThreshold: 2})
	b.call(fail, fail)
	b.pass(45 * time.Second)
	b.call(ok, ok, fail)
	b.want(guard.Open, 2)
	b.refused(30)
	b.pass(30 * time.Second)
	b.call(ok, neither, ok) // the successes before do not count
	b.want(guard.HalfOpen, 2)
	b.call(ok)
	b.want(guard.Closed, 2)
	b.call(fail)
	b.want(guard.Closed, 2) // nor do the failures
	b.call(fail)
	b.want(guard.Open, 3)
}

func TestHalfOpenGate(t *testing.T) {
	b := newBench(t, guard.Config{FailureThreshold: 1})
	b.call(fail)
	b.pass(time.Minute)
	probes := []guard.Pass{b.admit(), b.admit(), b.admit()}
	b.refused(1)
	probes[0].Done(neither)
	probes[0] = b.admit()
	b.refused(1)
	for _, p := range probes {
		b.want(guard.HalfOpen, 1)
		p.Done(ok)
	}
	b.want(guard.Closed, 1)
}

func TestStaleResultsAreIgnored(t *testing.T) {
	b := newBench(t, guard.Config{FailureThreshold: 2, HalfOpenSuccesses: 1})
	early := []guard.Pass{b.admit(), b.admit(), b.admit()}
	b.call(fail, fail)
	early[0].Done(ok)
	early[1].Done(fail)
	b.want(guard.Open, 1)
	b.pass(time.Minute)
	early[2].Done(ok) // must not close it
	b.want(guard.HalfOpen, 1)

	probe := b.admit()
	probe.Done(fail)
	b.pass(time.Minute)
	late := b.admit()
	b.refused(1)
	late.Done(ok)
	b.want(guard.Closed, 2)
	late.Done(fail) // twice is a bug of the caller; it does no harm once the state has changed
	b.call(fail)
	b.want(guard.Closed, 2)
}

func TestErrorTellsHowLongToWait(t *testing.T) {
	if got := (&guard.OpenError{RetryAfterSeconds: 7}).Error(); got != "storage is resting after failures, retry in 7 s" {
		t.Fatal(got)
	}
}
