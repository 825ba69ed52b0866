package txn_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"workcell/storage"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

func TestFailedSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, j := open(t, txn.Config{}), &journal{}
		good := f.commit(t, "a", j.waiter("good"))
		if err := good.Wait(); err != nil {
			t.Fatal(err)
		}
		early := f.begin(t) // begun before, wants to commit after
		if err := early.Put([]byte("c"), nil); err != nil {
			t.Fatal(err)
		}
		f.memory.HoldSync()
		one, two := f.commit(t, "a", j.waiter("one")), f.commit(t, "b", j.waiter("two"))
		reader := f.begin(t)
		if err := reader.Rollback(j.waiter("reader")); err != nil {
			t.Fatal(err)
		}
		j.want(t, "good")

		f.memory.Fail("sync", errDisk)
		f.memory.ReleaseSync()
		if err := one.Wait(); !errors.Is(err, storage.ErrUncertain) || !errors.Is(err, errDisk) {
			t.Fatalf("wait = %v", err)
		}
		f.memory.Fail("sync", nil) // whatever the engine says from now on
		if err := two.Wait(); !errors.Is(err, storage.ErrUncertain) {
			t.Fatalf("wait of a later one = %v", err)
		}
		j.want(t, "one uncertain", "two uncertain", "reader uncertain")
		if err := f.WaitDurable(t.Context(), 1); err != nil {
			t.Fatalf("wait below the watermark = %v", err)
		}
		if err := f.WaitDurable(t.Context(), 2); !errors.Is(err, storage.ErrUncertain) {
			t.Fatalf("wait above the watermark = %v", err)
		}
		if _, err := f.Begin(); !errors.Is(err, storage.ErrUnavailable) {
			t.Fatalf("begin = %v", err)
		}
		if _, err := early.Commit(1, j.waiter("early")); !errors.Is(err, storage.ErrUnavailable) {
			t.Fatalf("commit = %v", err)
		}
		if err := f.Probe(t.Context()); !errors.Is(err, storage.ErrUnavailable) {
			t.Fatalf("probe = %v", err)
		}
		j.want(t)
		if len(f.fatal) != 1 || !errors.Is(f.fatal[0], errDisk) || f.Durable() != 1 {
			t.Fatalf("fatal was told %v, durable %d", f.fatal, f.Durable())
		}
		for _, tx := range []*txn.Txn{good, early, one, two, reader} {
			tx.Discard()
		}
		f.close(t)
	})
}

// When Fatal is called, everybody who waited knows: it may end the process.
func TestFatalComesLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &journal{}
		m := storagetest.NewMemory()
		s, err := txn.Open(m, txn.Config{Fatal: func(error) { j.told = append(j.told, "fatal") }})
		if err != nil {
			t.Fatal(err)
		}
		f := &fixture{Store: s, memory: m}
		m.HoldSync()
		m.Fail("sync", errDisk)
		f.commit(t, "a", j.waiter("one")).Discard()
		f.commit(t, "b", j.waiter("two")).Discard()
		m.ReleaseSync()
		j.want(t, "one uncertain", "two uncertain", "fatal")
		f.close(t)
	})
}

func TestFailedApply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, pending := range []bool{false, true} {
			f, j := open(t, txn.Config{}), &journal{}
			f.memory.HoldSync()
			if pending {
				f.commit(t, "0", j.waiter("before")).Discard()
			}
			tx := f.begin(t)
			if err := tx.Put([]byte("a"), nil); err != nil {
				t.Fatal(err)
			}
			f.memory.Fail("apply", errDisk)
			f.memory.At("applying", func() { // somebody takes the commit for one that comes
				reader := f.begin(t)
				if err := reader.Rollback(j.waiter("reader")); err != nil {
					t.Error(err)
				}
				reader.Discard()
			})
			if _, err := tx.Commit(1, j.waiter("failed")); !errors.Is(err, errDisk) {
				t.Fatalf("commit = %v", err)
			}
			tx.Discard()
			f.memory.Fail("apply", nil)
			f.memory.ReleaseSync()
			if pending {
				j.want(t, "before", "reader")
			} else {
				j.want(t, "reader")
			}
			before := f.Sequence()
			again := f.commit(t, "b", j.waiter("again"))
			if err := again.Wait(); err != nil || f.Sequence() != before+1 || len(f.fatal) != 0 {
				t.Fatalf("wait = %v, sequence %d, fatal %v", err, f.Sequence(), f.fatal)
			}
			j.want(t, "again")
			again.Discard()
			f.close(t)
		}
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

// After a crash exactly the commits of some prefix are there, and numbers go on from it.
func TestCrashInMemory(t *testing.T) {
	for unsynced := range 5 {
		f := open(t, txn.Config{})
		f.memory.HoldSync()
		for _, key := range []string{"a", "b", "c"} {
			f.commit(t, key, nil).Discard()
		}
		survivor := f.memory.Crash(unsynced)
		f.memory.ReleaseSync()
		f.close(t)
		s, err := txn.Open(survivor, txn.Config{})
		if err != nil {
			t.Fatal(err)
		}
		want := storage.Sequence(min(unsynced, 3))
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
