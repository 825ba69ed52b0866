package txn_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"workcell/storage"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

var errDisk = errors.New("disk is gone")

// fixture is a store in memory whose fatal errors are collected.
type fixture struct {
	*txn.Store
	memory *storagetest.Memory
	fatal  []error
}

func open(t *testing.T, config txn.Config) *fixture {
	t.Helper()
	f := &fixture{memory: storagetest.NewMemory()}
	config.Fatal = func(err error) { f.fatal = append(f.fatal, err) }
	var err error
	if f.Store, err = txn.Open(f.memory, config); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) begin(t *testing.T) *txn.Txn {
	t.Helper()
	tx, err := f.Begin()
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

// commit applies a write of key and returns the transaction, to be waited for.
func (f *fixture) commit(t *testing.T, key string, hook func(storage.Sequence)) *txn.Txn {
	t.Helper()
	tx := f.begin(t)
	if err := tx.Put([]byte(key), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(1, hook); err != nil {
		t.Fatal(err)
	}
	return tx
}

func TestVisibleIsNotDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, txn.Config{})
		f.memory.HoldSync()
		var called []storage.Sequence
		hook := func(q storage.Sequence) { called = append(called, q) }
		one, two := f.commit(t, "a", hook), f.commit(t, "b", hook)
		two2 := storagetest.Blocked(t, two.Wait)

		reader := f.begin(t)
		if _, found, err := reader.Get([]byte("b")); !found || err != nil {
			t.Fatalf("an applied write is not visible: %v", err)
		}
		if reader.Visible() != 2 || f.Durable() != 0 || f.Sequence() != 2 {
			t.Fatalf("visible %d, durable %d, sequence %d", reader.Visible(), f.Durable(), f.Sequence())
		}
		reply := storagetest.Blocked(t, func() error { return f.WaitDurable(t.Context(), reader.Visible()) })
		if _, err := reader.Commit(1, nil); err != nil {
			t.Fatal(err)
		}
		readOnly := storagetest.Blocked(t, reader.Wait)
		ctx, cancel := context.WithCancel(t.Context())
		impatient := storagetest.Blocked(t, func() error { return f.WaitDurable(ctx, 1) })
		cancel()
		if err := <-impatient; !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled wait = %v", err)
		}
		if len(called) != 0 {
			t.Fatalf("hooks %v called before the sync", called)
		}

		f.memory.ReleaseSync()
		for _, waiting := range []<-chan error{two2, reply, readOnly} {
			if err := <-waiting; err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(called, []storage.Sequence{1, 2}) || f.Durable() != 2 {
			t.Fatalf("hooks %v, durable %d", called, f.Durable())
		}
		if err := one.Wait(); err != nil {
			t.Fatal(err)
		}
		for _, tx := range []*txn.Txn{one, two, reader} {
			tx.Discard()
		}
		if len(called) != 2 {
			t.Fatalf("hooks %v", called)
		}
	})
}

func TestFailedSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, txn.Config{})
		var called []storage.Sequence
		hook := func(q storage.Sequence) { called = append(called, q) }
		good := f.commit(t, "a", hook)
		if err := good.Wait(); err != nil {
			t.Fatal(err)
		}
		early := f.begin(t) // begun before, wants to commit after
		if err := early.Put([]byte("c"), nil); err != nil {
			t.Fatal(err)
		}
		one, two := f.commit(t, "a", hook), f.commit(t, "b", hook)
		reply := storagetest.Blocked(t, func() error { return f.WaitDurable(t.Context(), 2) })

		f.memory.Fail("sync", errDisk)
		if err := two.Wait(); !errors.Is(err, storage.ErrUncertain) || !errors.Is(err, errDisk) {
			t.Fatalf("wait = %v", err)
		}
		if err := one.Wait(); !errors.Is(err, storage.ErrUncertain) {
			t.Fatalf("wait of the one before = %v", err)
		}
		if err := <-reply; !errors.Is(err, storage.ErrUncertain) {
			t.Fatalf("wait of a reader = %v", err)
		}
		if err := f.WaitDurable(t.Context(), 1); err != nil {
			t.Fatalf("wait below the watermark = %v", err)
		}
		if _, err := f.Begin(); !errors.Is(err, storage.ErrUnavailable) {
			t.Fatalf("begin = %v", err)
		}
		if _, err := early.Commit(1, hook); !errors.Is(err, storage.ErrUnavailable) {
			t.Fatalf("commit = %v", err)
		}
		if err := f.Probe(t.Context()); !errors.Is(err, storage.ErrUnavailable) {
			t.Fatalf("probe = %v", err)
		}
		if len(f.fatal) != 1 || !errors.Is(f.fatal[0], errDisk) {
			t.Fatalf("fatal was told %v", f.fatal)
		}
		if !slices.Equal(called, []storage.Sequence{1}) || f.Durable() != 1 {
			t.Fatalf("hooks %v, durable %d", called, f.Durable())
		}
		for _, tx := range []*txn.Txn{good, early, one, two} {
			tx.Discard()
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// A commit below the failed one may still be confirmed by its own sync.
func TestFailedSyncOfALaterCommit(t *testing.T) {
	f := open(t, txn.Config{})
	called := 0
	one, two := f.commit(t, "a", func(storage.Sequence) { called++ }), f.commit(t, "b", func(storage.Sequence) { called += 10 })
	three := f.commit(t, "c", func(storage.Sequence) { called += 10 })
	f.memory.Fail("sync", errDisk)
	if err := two.Wait(); !errors.Is(err, storage.ErrUncertain) {
		t.Fatal(err)
	}
	f.memory.Fail("sync", nil)
	if err := one.Wait(); err != nil || f.Durable() != 1 || called != 1 {
		t.Fatalf("wait = %v, durable %d, hooks %d", err, f.Durable(), called)
	}
	// One above it is not, whatever the engine says.
	if err := three.Wait(); !errors.Is(err, storage.ErrUncertain) || f.Durable() != 1 || called != 1 {
		t.Fatalf("wait = %v, durable %d, hooks %d", err, f.Durable(), called)
	}
	three.Discard()
	one.Discard()
	two.Discard()
}

func TestFailedApply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := open(t, txn.Config{})
		tx := f.begin(t)
		if err := tx.Put([]byte("a"), nil); err != nil {
			t.Fatal(err)
		}
		f.memory.Fail("apply", errDisk)
		called := false
		if _, err := tx.Commit(1, func(storage.Sequence) { called = true }); !errors.Is(err, errDisk) {
			t.Fatalf("commit = %v", err)
		}
		tx.Discard()
		f.memory.Fail("apply", nil)
		// Whoever was about to see the commit that did not come does not wait for it.
		if err := f.WaitDurable(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		again := f.commit(t, "b", nil)
		if err := again.Wait(); err != nil || f.Sequence() != 1 || called || len(f.fatal) != 0 {
			t.Fatalf("wait = %v, sequence %d, hook called %v, fatal %v", err, f.Sequence(), called, f.fatal)
		}
		again.Discard()
	})
}

func TestATransactionThatMissedAReadDoesNotCommit(t *testing.T) {
	for _, operation := range []string{"get", "scan", "put", "delete"} {
		f := open(t, txn.Config{})
		tx := f.begin(t)
		if err := tx.Put([]byte("a"), nil); err != nil {
			t.Fatal(err)
		}
		f.memory.Fail(operation, errDisk)
		_, _, err := tx.Get([]byte("a"))
		err = errors.Join(err, tx.Scan(nil, nil, false, func(_, _ []byte) bool { return true }))
		err = errors.Join(err, tx.Put([]byte("b"), nil), tx.Delete([]byte("b")))
		if !errors.Is(err, errDisk) {
			t.Fatalf("%s: %v", operation, err)
		}
		f.memory.Fail(operation, nil)
		if _, err := tx.Commit(1, nil); !errors.Is(err, errDisk) {
			t.Fatalf("%s: commit = %v", operation, err)
		}
		tx.Discard()
		f.memory.Fail("begin", errDisk)
		if _, err := f.Begin(); !errors.Is(err, errDisk) {
			t.Fatalf("begin = %v", err)
		}
		if err := f.Close(); err != nil { // nothing counts as running
			t.Fatal(err)
		}
	}
}

func TestOpenReportsADamagedLastCommit(t *testing.T) {
	m := storagetest.NewMemory()
	b := m.NewBatch()
	if err := errors.Join(b.Begin(), b.Put([]byte("mlast-commit"), []byte{1, 2, 3}), b.Apply(), b.Sync()); err != nil {
		t.Fatal(err)
	}
	if _, err := txn.Open(m, txn.Config{}); !errors.Is(err, storage.ErrCorrupt) {
		t.Fatalf("open = %v", err)
	}
}

// After a crash exactly the commits of some prefix are there, at least the acknowledged ones, and numbers go on from it.
func TestCrashInMemory(t *testing.T) {
	for unsynced := range 4 {
		f := open(t, txn.Config{})
		acknowledged := f.commit(t, "a", nil)
		if err := acknowledged.Wait(); err != nil {
			t.Fatal(err)
		}
		f.commit(t, "b", nil)
		f.commit(t, "c", nil)
		s, err := txn.Open(f.memory.Crash(unsynced), txn.Config{})
		if err != nil {
			t.Fatal(err)
		}
		want := storage.Sequence(1 + min(unsynced, 2))
		keys := storage.Sequence(0)
		tx, err := s.Begin()
		if err != nil {
			t.Fatal(err)
		}
		err = tx.Scan([]byte("a"), []byte("d"), false, func(_, _ []byte) bool { keys++; return true })
		tx.Discard()
		if err != nil || s.Sequence() != want || s.Durable() != want || keys != want {
			t.Fatalf("%d unsynced: sequence %d, durable %d, %d keys (%v); want %d", unsynced, s.Sequence(), s.Durable(), keys, err, want)
		}
	}
}
