package lsm_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"workcell/storage/baddisk"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

var crashEvery = flag.Int("crash.every", 5, "cut the power at every such file operation")

// The power fails at every k-th operation on files, while writers add and remove books and tables are flushed and
// compacted. Of what was not synced, some of the blocks are on the disk, or none, or all. Whatever is left then opens and
// holds every promise; what was not promised is there whole or not at all. So it is if the power fails again while the
// store opens.
func TestCrashAtEveryOperation(t *testing.T) {
	for _, unsynced := range []int{0, 40, 100} {
		t.Run(fmt.Sprintf("unsynced=%d%%", unsynced), func(t *testing.T) {
			c := &crasher{t: t, unsynced: unsynced, every: int64(*crashEvery), rng: rand.New(rand.NewPCG(uint64(unsynced), 1))}
			c.files = vfs.NewCrashableMem()
			disk := baddisk.New(c.files)
			var engine *lsm.Engine
			c.shelf, engine = openShelf(t, "data", lsm.Options{FS: disk, Logger: silent})
			disk.Before(c.before)
			work(t, c.shelf, engine)
			disk.Before(nil)
			if err := c.shelf.store.Close(); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d passed, %d failed", c.passed, c.failed)
			if c.passed == 0 {
				t.Error("the power never failed")
			}
		})
	}
}

// work fills the shelves from several goroutines, and flushes every now and then.
func work(t *testing.T, s *shelf, engine *lsm.Engine) {
	const workers, rounds = 4, 40
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := range rounds {
				title := fmt.Sprintf("w%d-%d", w, i)
				if err := s.add(byte('A'+i%2), title, 100*i); err != nil {
					t.Error(err)
					return
				}
				if i%3 == 0 {
					if err := s.remove(title); err != nil {
						t.Error(err)
					}
				}
				if i%8 == w { // a few of them at about the same time
					if err := engine.Flush(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	group.Wait()
}

// crasher cuts the power.
type crasher struct {
	t        *testing.T
	unsynced int // percent
	every    int64
	files    *vfs.MemFS
	shelf    *shelf
	again    bool // this is a crash after a crash

	operations atomic.Int64

	mu             sync.Mutex // one crash at a time
	rng            *rand.Rand // guarded by mu
	passed, failed int        // guarded by mu
}

func (c *crasher) before(op baddisk.Op) error {
	if slices.Contains(baddisk.Changes, op.Kind) && c.operations.Add(1)%c.every == 0 {
		c.crash(op)
	}
	return nil
}

// crash looks at what a power failure before op would leave.
func (c *crasher) crash(op baddisk.Op) {
	c.mu.Lock()
	defer c.mu.Unlock()
	time.Sleep(time.Millisecond) // a promise that does not wait for op is made now, and counts
	promised := c.shelf.now()    // before the cut: what is promised later may be lost
	left := c.files.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: c.unsynced, RNG: c.rng})
	if err := c.look(left, promised); err != nil {
		if c.failed++; c.failed <= 3 {
			c.t.Errorf("power failure before operation %d (%v %s): %v", c.operations.Load(), op.Kind, op.Path, err)
		}
		return
	}
	c.passed++
}

// look opens what is left and compares it with what was promised. Call with mu held.
func (c *crasher) look(left *vfs.MemFS, promised *shelf) error {
	disk := baddisk.New(left)
	second := &crasher{t: c.t, unsynced: c.unsynced, every: 13, files: left, shelf: promised, again: true, rng: c.rng}
	if !c.again && c.passed%20 == 0 {
		disk.Before(second.before)
	}
	engine, err := lsm.Open("data", lsm.Options{FS: disk, Logger: silent, CacheMiB: 1, MemtableMiB: 1})
	disk.Before(nil)
	if err != nil {
		return err
	}
	defer engine.Close()
	c.passed, c.failed = c.passed+second.passed, c.failed+second.failed
	store, err := txn.Open(engine, txn.Config{})
	if err != nil {
		return err
	}
	if err := promised.check(store); err != nil {
		return err
	}
	after := promised.now() // the store goes on
	after.store = store
	if err := after.add('A', "afterwards", 10); err != nil {
		return err
	}
	return after.check(store)
}
