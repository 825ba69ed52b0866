package lsm_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"workcell/storage"
	"workcell/storage/baddisk"
	"workcell/storage/lsm"
)

// trial is one row of the table at work.
type trial struct {
	*testing.T
	dir      string
	space    lsm.Space
	disk     *baddisk.Disk
	shelf    *shelf
	engine   *lsm.Engine
	restarts []error
}

// testSpace is for disks that report what a row likes, smallSpace for one of 32 MiB.
var (
	testSpace  = lsm.Space{LowBytes: 16 << 20, BallastBytes: 4 << 20}
	smallSpace = lsm.Space{LowBytes: 4 << 20, BallastBytes: 2 << 20}
)

func (t *trial) options() lsm.Options {
	return lsm.Options{
		FS: t.disk, Logger: silent, Space: t.space, CacheMiB: 1, MemtableMiB: 1,
		Restart: func(err error) { t.restarts = append(t.restarts, err) },
		Fatal:   func(err error) { t.Errorf("the process would have ended: %v", err); select {} },
	}
}

func newTrial(t *testing.T, dir string, files vfs.FS, space lsm.Space) *trial {
	w := &trial{T: t, dir: dir, space: space, disk: baddisk.New(files)}
	w.shelf, w.engine = openShelf(t, dir, w.options())
	return w
}

// run does a row with books in the log, and looks after them afterwards.
func (t *trial) run(row func(*trial)) {
	for i := range 3 {
		t.mustAdd(fmt.Sprint("early", i))
	}
	row(t)
	t.must(t.shelf.check(t.shelf.store))
	t.restart()
}

func (t *trial) add(title string) error { return t.shelf.add('A', title, 100) }

func (t *trial) mustAdd(title string) {
	t.Helper()
	t.must(t.add(title))
}

func (t *trial) must(err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (t *trial) want(err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

// await waits until something that goes on in the background has come about.
func (t *trial) await(f func() error) {
	t.Helper()
	const patience = 30 * time.Second
	for began := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		err := f()
		if err == nil {
			return
		}
		if time.Since(began) > patience {
			t.Fatalf("after %v: %v", patience, err)
		}
	}
}

// restart closes the store as far as that is possible, opens it on a healthy disk, and looks after the books.
func (t *trial) restart() {
	t.Helper()
	t.restartWith(func() { t.disk.Before(nil) })
}

func (t *trial) restartWith(between func()) {
	t.Helper()
	_ = t.shelf.store.Close() // a store that failed says so
	between()
	t.open()
}

func (t *trial) open() {
	t.Helper()
	t.engine = open(t.T, t.dir, t.options())
	t.shelf.use(t.T, t.engine)
	t.must(t.shelf.check(t.shelf.store))
}

// logFails lets the log fail, for good.
func (t *trial) logFails(kinds []errorfs.OpKind) {
	t.disk.Fail(syscall.EIO, ".log", kinds)
	t.want(t.add("lost"), storage.ErrUncertain)
	if n := t.shelf.ended.Load(); n != 1 {
		t.Errorf("the end was told %d times", n)
	}
	t.want(t.add("refused"), storage.ErrUnavailable)
	t.want(t.engine.Writable(), storage.ErrUnavailable)
	t.want(t.engine.Flush(), storage.ErrUnavailable)
	t.disk.Before(nil)
	t.restart()
	t.mustAdd("next")
}

// flushFails lets a flush fail, and then succeed.
func (t *trial) flushFails(kinds []errorfs.OpKind) {
	t.disk.Fail(syscall.EIO, ".sst", kinds)
	t.want(t.engine.Flush(), syscall.EIO)
	t.readOnly("input/output error")
	t.want(t.engine.Flush(), syscall.EIO) // and does not wait
	if t.engine.Metrics().BackgroundErrors == 0 {
		t.Error("no error was counted")
	}
	t.disk.Before(nil)
	t.await(t.engine.Writable)
	t.mustAdd("next")
}

// fullUntilBallastIsGone lets writes fail until the ballast is released.
func (t *trial) fullUntilBallastIsGone() {
	t.disk.SetFree(testSpace.LowBytes - 1)
	t.disk.Before(func(op baddisk.Op) error {
		switch op.Kind {
		case errorfs.OpCreate, errorfs.OpReuseForWrite, errorfs.OpFileWrite:
			if t.hasBallast() {
				return syscall.ENOSPC
			}
		}
		return nil
	})
}

// readOnly checks that reads go on and writes are refused, for a reason that contains why.
func (t *trial) readOnly(why string) {
	t.Helper()
	err := t.engine.Writable()
	if !errors.Is(err, storage.ErrReadOnly) || !strings.Contains(err.Error(), why) {
		t.Fatalf("writable says %v, want read-only: %s", err, why)
	}
	t.want(t.add("refused"), storage.ErrReadOnly)
	t.must(t.shelf.check(t.shelf.store))
	if n := t.shelf.ended.Load(); n != 0 {
		t.Errorf("the store has ended")
	}
}

// spaceAgain lets the disk have much space, which must be enough for the store to go on.
func (t *trial) spaceAgain() {
	t.Helper()
	t.disk.Before(nil)
	t.disk.SetFree(1 << 40)
	t.goesOn()
}

// goesOn checks that a store whose disk has space again takes writes.
func (t *trial) goesOn() {
	t.Helper()
	if t.hasBallast() {
		t.Error("the ballast was not released")
	}
	t.await(func() error { t.engine.Look(); return t.engine.Writable() })
	if !t.hasBallast() {
		t.Error("the ballast is not in place again")
	}
	t.mustAdd("next")
}

func (t *trial) hasBallast() bool {
	_, err := t.disk.Stat(t.disk.PathJoin(t.dir, "BALLAST"))
	return err == nil
}

// hang lets operations of a kind hang until release is called.
func (t *trial) hang(kind errorfs.OpKind) (release func()) {
	released := make(chan struct{})
	t.disk.Before(func(op baddisk.Op) error {
		if op.Kind == kind && strings.HasSuffix(op.Path, ".log") {
			<-released
		}
		return nil
	})
	return sync.OnceFunc(func() { close(released) })
}
