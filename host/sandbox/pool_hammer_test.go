package sandbox_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"workcell/host/sandbox"
)

// Calls of all kinds at once, more of them than instances: each ends as it should and none sees another.
func TestPoolHammer(t *testing.T) {
	const workers, each, size = 8, 12, 3
	pool := newHostile(t, size)
	behaviours := []struct {
		text   string
		status sandbox.Status
	}{
		{"count", sandbox.OK},
		{"panic", sandbox.Trapped},
		{"put k v", sandbox.OK},
		{"exit", sandbox.Trapped},
		{"half refuse 3 no", sandbox.Refused},
		{"wild emit.scopes 0xffffffff 1", sandbox.Trapped},
		{"stderr-flood 20", sandbox.Trapped},
	}
	var working sync.WaitGroup
	for worker := range workers {
		working.Go(func() {
			for i := range each {
				b := behaviours[(worker+i)%len(behaviours)]
				c := newCall(hostileWrite, b.text)
				if out := pool.Run(c, patience); out.Status != b.status {
					t.Errorf("%s ended with %s (%s): %v", b.text, out.Status, out.Reason, out.Err)
				}
				if b.text == "count" && string(c.Effects.Reply) != "1 1" {
					t.Errorf("an instance counted %s", c.Effects.Reply)
				}
			}
		})
	}
	working.Wait()
}

// No more calls run at once than the pool has instances, also after traps.
func TestAPoolIsBounded(t *testing.T) {
	const size, calls = 2, 12
	pool := newHostile(t, size)
	for range 2 * size {
		wants(t, pool, newCall(hostileWrite, "panic"), sandbox.Trapped, sandbox.ReasonUnreachable)
	}
	var inside, most atomic.Int64
	var running sync.WaitGroup
	for range calls {
		running.Go(func() {
			c := newCall(hostileWrite, "put k v")
			c.Store = &crowded{memory: newMemory(), inside: &inside, most: &most}
			wants(t, pool, c, sandbox.OK, "")
		})
	}
	running.Wait()
	if got := most.Load(); got > size {
		t.Errorf("%d calls ran at once, want at most %d", got, size)
	}
	if zero := sandbox.NewPool(pool.Module(), 0); zero.Run(newCall(hostileWrite, "count"), patience).Status != sandbox.OK {
		t.Error("a pool of size 0 has no instance, want one")
	}
}

// crowded counts the calls that are in their stores at once.
type crowded struct {
	*memory
	inside, most *atomic.Int64
}

func (c *crowded) Put(key, value []byte) error {
	defer c.inside.Add(-1)
	now := c.inside.Add(1)
	for {
		most := c.most.Load()
		if now <= most || c.most.CompareAndSwap(most, now) {
			break
		}
	}
	runtime.Gosched()
	return c.memory.Put(key, value)
}

// Instances of calls that trapped leave nothing behind, neither memory nor goroutines.
func TestTrapsLeaveNothingBehind(t *testing.T) {
	const rounds, slack = 200, 24 << 20
	pool := newHostile(t, 1)
	trap := func(n int) {
		for i := range n {
			behaviour := []string{"panic", "exit", "half wild kv_put.val 0xffffffff 9", "stderr-flood 9"}[i%4]
			if out := pool.Run(newCall(hostileWrite, behaviour), patience); out.Status != sandbox.Trapped {
				t.Fatalf("%s ended with %+v", behaviour, out)
			}
		}
	}
	trap(20)
	goroutines, before := runtime.NumGoroutine(), heap()
	trap(rounds)
	after := heap()
	if after > before+slack {
		t.Errorf("%d KiB of heap after %d traps, %d KiB before", after>>10, rounds, before>>10)
	}
	for deadline := time.Now().Add(patience); runtime.NumGoroutine() > goroutines; {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines after %d traps, %d before", runtime.NumGoroutine(), rounds, goroutines)
		}
		runtime.Gosched()
	}
}

// heap returns the bytes of the heap that are in use.
func heap() uint64 {
	for range 3 { // finalizers free what the next collection takes
		runtime.GC()
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
