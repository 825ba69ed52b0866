package sandbox_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"workcell/host/sandbox"
)

// spinning is how long the guests of these tests keep all processors busy.
const spinning = time.Second

// Guests that spin on every processor, call after call, keep neither other handlers nor Go's collector from their work.
// How long these have to wait is for benchmarks to say.
func TestGuestsThatSpinDoNotHoldUpOthers(t *testing.T) {
	const budget = 300_000_000 // more than many slices: about a tenth of a second
	e := newEngine(t)
	processors := runtime.GOMAXPROCS(0)
	hog := sandbox.NewPool(load(t, e, tiny(code(spin, i32(0))).bytes()), processors)
	small := sandbox.NewPool(load(t, e, tiny(i32(0)).bytes()), 1)
	large := newHostile(t, 2)
	wants(t, large, newCall(hostileWrite, "count"), sandbox.OK, "")
	goroutines := runtime.NumGoroutine()

	var stop atomic.Bool
	var spun, answered atomic.Int64
	var working sync.WaitGroup
	for range processors {
		working.Go(func() { // until stop
			for !stop.Load() {
				c := newCall(2000, "")
				c.Fuel = budget
				if out := wants(t, hog, c, sandbox.OutOfFuel, ""); out.Fuel < budget {
					t.Errorf("a call that spins used %d units of %d", out.Fuel, budget)
				}
				spun.Add(1)
			}
		})
	}
	for _, work := range []func(){
		func() { wants(t, small, newCall(2000, ""), sandbox.OK, "") },
		func() {
			c := newCall(hostileWrite, "count")
			wants(t, large, c, sandbox.OK, "")
			if string(c.Effects.Reply) != "1 1" {
				t.Errorf("an instance counted %s", c.Effects.Reply)
			}
		},
		func() {
			wants(t, large, newCall(hostileWrite, "half panic"), sandbox.Trapped, sandbox.ReasonUnreachable)
		},
		runtime.GC,
	} {
		working.Go(func() { // until stop
			own := 0
			for ; !stop.Load(); own++ {
				work()
			}
			if own > 0 {
				answered.Add(1)
			}
		})
	}
	time.AfterFunc(spinning, func() { stop.Store(true) })
	working.Wait()
	if spun.Load() < int64(processors) || answered.Load() != 4 {
		t.Errorf("%d calls spun, and %d of 4 others did something", spun.Load(), answered.Load())
	}
	waitForGoroutines(t, goroutines)
}

// The deadline and the client end a call that spins, on all processors at once, also if there is fuel for hours.
func TestGuestsThatSpinAreEnded(t *testing.T) {
	e := newEngine(t)
	processors := runtime.GOMAXPROCS(0)
	hog := sandbox.NewPool(load(t, e, tiny(code(spin, i32(0))).bytes()), 2*processors)
	goroutines := runtime.NumGoroutine()
	var working sync.WaitGroup
	for range 2 * processors {
		working.Go(func() {
			for range 5 {
				if out := hog.Run(newCall(2000, ""), spinning/20); out.Status != sandbox.TimedOut || out.Reason != sandbox.ReasonExecution || out.Fuel == 0 {
					t.Errorf("a call that spins ended with %+v", out)
				}
			}
		})
	}
	working.Wait()
	waitForGoroutines(t, goroutines)
}

// waitForGoroutines waits until no more goroutines run than there were.
func waitForGoroutines(t testing.TB, most int) {
	t.Helper()
	for deadline := time.Now().Add(patience); runtime.NumGoroutine() > most; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, want at most %d", runtime.NumGoroutine(), most)
		}
	}
}
