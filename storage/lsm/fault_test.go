package lsm_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"workcell/storage"
	"workcell/storage/baddisk"
	"workcell/storage/lsm"
)

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

type fault struct {
	event, outcome string
	run            func(*trial)
}

// faults is the table of what can go wrong with a disk, and what comes of it. In every row, whatever was acknowledged is
// there at the end.
var faults = []fault{
	{"a write of the log fails", "uncertain, the store ends; a restart replays", func(t *trial) { t.logFails(baddisk.Writes) }},
	{"a sync of the log fails", "uncertain, the store ends; a restart replays", func(t *trial) { t.logFails(baddisk.Syncs) }},
	{"a sync of the log fails once, then the disk is well", "the store ends all the same", func(t *trial) {
		var failed atomic.Bool
		t.disk.Before(func(op baddisk.Op) error {
			if op.Kind == errorfs.OpFileSyncData && strings.HasSuffix(op.Path, ".log") && !failed.Swap(true) {
				return syscall.EIO
			}
			return nil
		})
		t.want(t.add("lost"), storage.ErrUncertain)
		t.want(t.add("later"), storage.ErrUnavailable)
		t.restart()
		t.mustAdd("next")
	}},
	{"the log fails under many writers", "nobody is told that it went well", func(t *trial) {
		t.disk.Fail(syscall.EIO, ".log", baddisk.Syncs)
		var group sync.WaitGroup
		for i := range 16 {
			group.Go(func() {
				err := t.add(fmt.Sprintf("writer%d", i))
				if !errors.Is(err, storage.ErrUncertain) && !errors.Is(err, storage.ErrUnavailable) {
					t.Errorf("a writer got %v", err)
				}
			})
		}
		group.Wait()
		if n := t.shelf.ended.Load(); n != 1 {
			t.Errorf("the end was told %d times", n)
		}
		t.disk.Before(nil)
		t.restart()
	}},
	{"the disk is full for the log, the ballast helps", "the write is acknowledged, then read-only until there is space", func(t *trial) {
		t.fullUntilBallastIsGone()
		t.mustAdd("the last one")
		t.readOnly("is full")
		t.spaceAgain()
	}},
	{"the disk is full for the log, nothing helps", "uncertain, the store ends; a restart replays", func(t *trial) {
		t.disk.Fail(syscall.ENOSPC, ".log", baddisk.Writes)
		t.want(t.add("lost"), storage.ErrUncertain)
		t.disk.Before(nil)
		t.restart()
		t.mustAdd("next")
	}},
	{"a table cannot be made", "read-only until a flush succeeds", func(t *trial) { t.flushFails(baddisk.Creates) }},
	{"a table cannot be written", "read-only until a flush succeeds", func(t *trial) { t.flushFails(baddisk.Writes) }},
	{"a table cannot be synced", "read-only until a flush succeeds", func(t *trial) { t.flushFails(baddisk.Syncs) }},
	{"the disk is full for tables, the ballast helps", "the flush succeeds, then read-only until there is space", func(t *trial) {
		t.fullUntilBallastIsGone()
		t.must(t.engine.Flush())
		t.readOnly("is full")
		t.spaceAgain()
	}},
	{"the disk is full for tables, nothing helps", "read-only until there is space", func(t *trial) {
		t.disk.Fail(syscall.ENOSPC, ".sst", baddisk.Creates, baddisk.Writes)
		t.want(t.engine.Flush(), syscall.ENOSPC)
		t.readOnly("cannot be written")
		t.spaceAgain()
	}},
	{"a compaction fails", "it is repeated, writers do not notice", func(t *trial) {
		var flushes atomic.Int64
		t.disk.Before(func(op baddisk.Op) error { // each flush makes one table; more is compaction
			if op.Kind == errorfs.OpCreate && strings.HasSuffix(op.Path, ".sst") && flushes.Add(-1) < 0 {
				return syscall.EIO
			}
			return nil
		})
		for i := 0; t.engine.Metrics().BackgroundErrors == 0; i++ {
			flushes.Store(1)
			t.mustAdd(fmt.Sprint("book", i))
			if err := t.engine.Flush(); err != nil { // it met a compaction
				t.disk.Before(nil)
			}
		}
		t.disk.Before(nil)
		t.await(t.engine.Writable)
		t.mustAdd("next")
	}},
	{"there is no space for a ballast", "writable without one; it comes when there is more", func(t *trial) {
		t.restartWith(func() {
			t.must(t.disk.Remove("data/BALLAST"))
			t.disk.SetFree(testSpace.LowBytes + testSpace.BallastBytes)
		})
		t.engine.Look()
		t.mustAdd("next")
		if t.hasBallast() {
			t.Error("the ballast takes the space")
		}
		t.disk.SetFree(1 << 40)
		t.engine.Look()
		if !t.hasBallast() {
			t.Error("there is no ballast")
		}
	}},
	{"there is little space", "read-only, the ballast is released; writable when there is clearly more", func(t *trial) {
		t.disk.SetFree(testSpace.LowBytes - 1)
		t.engine.Look()
		t.readOnly("are free")
		t.disk.SetFree(testSpace.LowBytes + testSpace.BallastBytes) // the ballast, mostly
		t.engine.Look()
		t.want(t.add("too early"), storage.ErrReadOnly)
		t.spaceAgain()
	}},
	{"the disk is full at the start, the ballast helps", "the log is replayed, then read-only until there is space", func(t *trial) {
		t.restartWith(func() { t.fullUntilBallastIsGone() })
		t.readOnly("is full")
		t.spaceAgain()
	}},
	{"the disk is full at the start, nothing helps", "read-only; a restart when there is space", func(t *trial) {
		t.restartWith(func() { t.disk.Fail(syscall.ENOSPC, "", baddisk.Creates, baddisk.Writes) })
		t.readOnly("was full")
		t.disk.SetFree(1 << 40)
		t.engine.Look()
		if len(t.restarts) != 0 {
			t.Error("it wants to restart although nothing can be written")
		}
		t.disk.Before(nil)
		t.engine.Look()
		t.engine.Look()
		if len(t.restarts) != 1 {
			t.Errorf("it wants to restart %d times", len(t.restarts))
		}
		t.restart()
		t.mustAdd("next")
	}},
	{"the disk takes no manifest at the start", "read-only, and not the end", func(t *trial) {
		t.restartWith(func() { t.disk.Fail(syscall.EIO, "MANIFEST", baddisk.Creates, baddisk.Writes) })
		t.readOnly("input/output error")
	}},
	{"the disk takes no log at the start", "read-only", func(t *trial) {
		t.restartWith(func() { t.disk.Fail(syscall.EIO, ".log", baddisk.Creates) })
		t.readOnly("input/output error")
	}},
	{"the directory cannot be synced at the start", "read-only", func(t *trial) {
		t.restartWith(func() {
			t.disk.Before(func(op baddisk.Op) error {
				if op.Kind == errorfs.OpFileSync && op.Path == "data" {
					return syscall.EIO
				}
				return nil
			})
		})
		t.readOnly("input/output error")
	}},
	{"the disk is mounted read-only at the start", "read-only", func(t *trial) {
		t.restartWith(func() { t.disk.Fail(syscall.EROFS, "", baddisk.Changes) })
		t.readOnly("read-only file system")
		t.disk.Before(nil)
		t.restart()
		t.mustAdd("next")
	}},
	{"a new store on a full disk", "refused: full", func(t *trial) {
		t.disk.Fail(syscall.ENOSPC, "", baddisk.Creates)
		wantRefused(t.T, "another", lsm.Options{FS: t.disk, Logger: silent}, lsm.ErrFull)
	}},
	{"files of somebody else", "refused: access", func(t *trial) {
		t.must(t.shelf.store.Close())
		t.disk.Fail(syscall.EACCES, ".log", baddisk.Creates)
		wantRefused(t.T, "data", t.options(), lsm.ErrAccess)
		t.disk.Before(nil)
		t.open()
	}},
	{"the disk hangs at the start", "refused: hung", func(t *trial) {
		t.must(t.shelf.store.Close())
		release := t.hang(errorfs.OpCreate)
		options := t.options()
		options.OpenTimeout = 20 * time.Millisecond
		wantRefused(t.T, "data", options, lsm.ErrHung)
		release()
		t.await(func() error { // the late attempt lets go of the directory
			engine, err := lsm.Open("data", t.options())
			if err == nil {
				err = engine.Close()
			}
			return err
		})
		t.open()
	}},
	{"a sync hangs", "the silence is noticed; nothing is lost", func(t *trial) {
		release := t.hang(errorfs.OpFileSyncData)
		added := make(chan error)
		go func() { added <- t.add("slow") }()
		t.await(func() error {
			if t.engine.Silent() < 20*time.Millisecond {
				return errors.New("nobody has noticed that the disk hangs")
			}
			return nil
		})
		release()
		t.must(<-added)
		if silence := t.engine.Silent(); silence != 0 {
			t.Errorf("silence of %v with nobody waiting", silence)
		}
	}},
	{"reads fail", "an error of the read, which is no damage; then it is well again", func(t *trial) {
		t.must(errors.Join(t.engine.Flush(), t.shelf.store.Close()))
		t.engine = open(t.T, "data", t.options()) // its cache is empty
		t.disk.Fail(syscall.EIO, ".sst", baddisk.Reads)
		b := t.engine.NewBatch()
		t.must(b.Begin())
		defer b.Reset()
		for range 2 {
			if _, _, err := b.Get([]byte("cA")); !errors.Is(err, syscall.EIO) || errors.Is(err, storage.ErrCorrupt) {
				t.Errorf("a read that failed gave %v", err)
			}
		}
		t.disk.Before(nil)
		b.Reset()
		t.shelf.use(t.T, t.engine)
	}},
	{"the copy of the log for a checkpoint fails", "the checkpoint fails, the store goes on", func(t *trial) {
		t.disk.Fail(syscall.EIO, "copy", baddisk.Creates, baddisk.Writes, baddisk.Syncs)
		t.want(t.engine.Checkpoint("copy"), syscall.EIO)
		t.mustAdd("next")
		t.must(t.engine.Flush())
	}},
	{"FORMAT cannot be put in its place", "refused, and the next start is well", func(t *trial) {
		t.disk.Fail(syscall.EIO, "FORMAT", baddisk.Renames)
		options := lsm.Options{FS: t.disk, Logger: silent}
		wantRefused(t.T, "another", options, lsm.ErrAccess)
		t.disk.Before(nil)
		t.must(open(t.T, "another", options).Close())
	}},
}

func TestFaults(t *testing.T) {
	passed, failed := 0, 0
	tally := func(ok bool) {
		if ok {
			passed++
		} else {
			failed++
		}
	}
	for _, f := range faults {
		tally(t.Run(f.event+": "+f.outcome, func(t *testing.T) { newTrial(t, "data", vfs.NewMem(), testSpace).run(f.run) }))
	}
	for _, f := range spaceFaults {
		if err := mountSmall(t, t.TempDir()); err != nil {
			t.Logf("NOT RUN: %s, because no small file system can be mounted here (it takes root): %v", f.event, err)
			continue
		}
		tally(t.Run("a small disk, "+f.event+": "+f.outcome, func(t *testing.T) {
			dir := t.TempDir()
			if err := mountSmall(t, dir); err != nil {
				t.Fatal(err)
			}
			newTrial(t, filepath.Join(dir, "data"), vfs.Default, smallSpace).run(f.run)
		}))
	}
	t.Logf("%d passed, %d failed", passed, failed)
}
