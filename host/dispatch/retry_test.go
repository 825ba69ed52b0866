package dispatch

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/storage"
	"workcell/storage/guard"
)

// failing is a guest that fails with err the first so many times.
type failing struct {
	left int
	err  error
	runs int
}

func (f *failing) run(c *sandbox.Call) sandbox.Outcome {
	f.runs++
	if f.left > 0 {
		f.left--
		c.Effects.Reply = append(c.Effects.Reply, "half"...)
		return sandbox.Outcome{Status: sandbox.Failed, Err: f.err}
	}
	return ok(c)
}

func TestWhatIsTriedAgain(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, c := range []struct {
		name     string
		route    uint32
		failures int
		err      error
		want     string
		runs     int
		took     time.Duration
	}{
		{"a read that fails once", reading, 1, broken, "done", 2, 100 * time.Millisecond},
		{"a read that fails twice", reading, 2, broken, "done", 3, 300 * time.Millisecond},
		{"a read that fails always", reading, 9, broken, "DATABASE_ERROR", 3, 300 * time.Millisecond},
		{"a damaged record", reading, 1, storage.ErrCorrupt, "done", 2, 100 * time.Millisecond},
		{"a store that is not available", reading, 1, storage.ErrUnavailable, "done", 2, 100 * time.Millisecond},
		{"a read-only store", reading, 1, storage.ErrReadOnly, "SERVICE_UNAVAILABLE", 1, 0},
		{"a mistake of the host", reading, 1, &sandbox.HostFailure{Err: broken}, "INTERNAL_ERROR", 1, 0},
		{"a write", writing, 1, broken, "DATABASE_ERROR", 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var seen observed
				f := &failing{left: c.failures, err: c.err}
				b := newBench(t, f.run)
				b.dispatch.config.Retry, b.dispatch.config.Observer = guard.Retry{}, &seen
				began := time.Now()
				b.wantAnswer("m", c.route, "", c.want)
				if took := time.Since(began); took != c.took || f.runs != c.runs {
					t.Errorf("%d runs took %v, want %d and %v", f.runs, took, c.runs, c.took)
				}
				if len(seen) != 1 || seen[0].Retries != c.runs-1 {
					t.Errorf("observed %+v", seen)
				}
				if waits := b.lines(telemetry.EventRetry); len(waits) != c.runs-1 || len(waits) > 0 && (waits[0]["attempts"] != 1.0 || waits[0]["wait_ms"] != 100.0) {
					t.Errorf("logged %v", waits)
				}
				if s := b.guard.Stats(); s.Failures+s.Successes > 1 {
					t.Errorf("the breaker was told %d times", s.Failures+s.Successes)
				}
			})
		})
	}
}

func TestARefusalIsNotTriedAgain(t *testing.T) {
	for _, out := range []sandbox.Outcome{{Status: sandbox.Refused}, {Status: sandbox.Trapped}, {Status: sandbox.TimedOut}, {Status: sandbox.OutOfFuel}} {
		runs := 0
		b := newBench(t, func(*sandbox.Call) sandbox.Outcome { runs++; return out })
		b.dispatch.config.Retry = guard.Retry{}
		if b.ask("m", reading, ""); runs != 1 {
			t.Errorf("%v: %d runs", out.Status, runs)
		}
	}
}

// What an open breaker refuses is not tried again: the client is told how long to wait.
func TestARestingStoreIsNotAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &failing{left: 100, err: errors.New("disk")}
		b := newBench(t, f.run)
		b.wantAnswer("1", reading, "", "DATABASE_ERROR")
		b.wantAnswer("2", reading, "", "DATABASE_ERROR")
		b.dispatch.config.Retry = guard.Retry{}
		began := time.Now()
		b.wantAnswer("3", reading, "", "SERVICE_UNAVAILABLE")
		if f.runs != 2 || time.Since(began) != 0 {
			t.Errorf("%d runs, after %v", f.runs, time.Since(began))
		}
	})
}

func TestNothingIsTriedAgainAfterTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &failing{left: 100, err: errors.New("disk")}
		b := newBench(t, f.run)
		b.dispatch.config.Timeout, b.dispatch.config.Retry = 250*time.Millisecond, guard.Retry{Attempts: 10}
		began := time.Now()
		b.wantAnswer("m", reading, "", "DATABASE_ERROR") // the second wait would end at 300 ms
		if took := time.Since(began); took != 100*time.Millisecond || f.runs != 2 {
			t.Errorf("%d runs, after %v", f.runs, took)
		}
	})
}

// Whoever waits for the storage to get well keeps nobody from running.
func TestAWaitingReadHasNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &failing{left: 1, err: errors.New("disk")}
		b := newBench(t, f.run)
		b.dispatch.config.Retry = guard.Retry{}
		go b.post(request("slow", reading, ""))
		synctest.Wait()
		if taken := b.dispatch.Running(); taken != 0 {
			t.Errorf("%d places are taken", taken)
		}
		b.wantReplies()
		time.Sleep(100 * time.Millisecond)
		b.wantReplies("1 done")
	})
}

// The look-up of the user before a read is a read, too.
func TestTheIntroductionOfAUserIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen observed
		f := &failing{left: 2, err: errors.New("disk")}
		b := newBench(t, f.run, abi.Route{ID: abi.RouteSessionOpened, Name: "SessionOpened", Kind: abi.KindInternal},
			abi.Route{ID: reading, Name: "Read", Kind: abi.KindRead, Reply: 43})
		b.dispatch.config.Retry, b.dispatch.config.Observer = guard.Retry{}, &seen
		b.wantAnswer("m", reading, "", "done")
		if !b.opened || f.runs != 4 || len(seen) != 1 || seen[0].Retries != 2 {
			t.Errorf("opened %t after %d runs, observed %s", b.opened, f.runs, fmt.Sprint(seen))
		}
	})
}
