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

// close fails if the store does not close; every transaction was discarded.
func (f *fixture) close(t *testing.T) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// commit applies a write of key and returns the transaction, to be waited for and discarded.
func (f *fixture) commit(t *testing.T, key string, then txn.Waiter) *txn.Txn {
	t.Helper()
	tx := f.begin(t)
	if err := tx.Put([]byte(key), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(1, then); err != nil {
		t.Fatal(err)
	}
	return tx
}

// journal is told of commits and other waits, and notes them in order.
type journal struct{ told []string }

func (j *journal) waiter(name string) txn.Waiter {
	return storagetest.Told(func(_ storage.Sequence, err error) {
		switch {
		case errors.Is(err, storage.ErrUncertain):
			name += " uncertain"
		case err != nil:
			name += " " + err.Error()
		}
		j.told = append(j.told, name)
	})
}

// want fails unless exactly these were told since the last time. The goroutines of the bubble have come to rest.
func (j *journal) want(t *testing.T, names ...string) {
	t.Helper()
	synctest.Wait()
	if !slices.Equal(j.told, names) {
		t.Fatalf("told %q, want %q", j.told, names)
	}
	j.told = nil
}

func TestVisibleIsNotDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, j := open(t, txn.Config{}), &journal{}
		f.memory.HoldSync()
		one, two := f.commit(t, "a", j.waiter("one")), f.commit(t, "b", j.waiter("two"))
		two2 := storagetest.Blocked(t, two.Wait)

		reader := f.begin(t)
		if _, found, err := reader.Get([]byte("b")); !found || err != nil {
			t.Fatalf("an applied write is not visible: %v", err)
		}
		if reader.Visible() != 2 || f.Durable() != 0 || f.Sequence() != 2 {
			t.Fatalf("visible %d, durable %d, sequence %d", reader.Visible(), f.Durable(), f.Sequence())
		}
		refused := f.begin(t)
		if err := refused.Rollback(j.waiter("refused")); err != nil {
			t.Fatal(err)
		}
		if _, err := reader.Commit(1, j.waiter("reader")); err != nil {
			t.Fatal(err)
		}
		readOnly := storagetest.Blocked(t, reader.Wait)
		ctx, cancel := context.WithCancel(t.Context())
		impatient := storagetest.Blocked(t, func() error { return f.WaitDurable(ctx, 1) })
		cancel()
		if err := <-impatient; !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled wait = %v", err)
		}
		one.Discard() // does not wait
		j.want(t)

		f.memory.ReleaseSync()
		for _, waiting := range []<-chan error{two2, readOnly} {
			if err := <-waiting; err != nil {
				t.Fatal(err)
			}
		}
		j.want(t, "one", "two", "refused", "reader")
		late := f.begin(t)
		if err := late.Rollback(j.waiter("late")); err != nil {
			t.Fatal(err)
		}
		j.want(t, "late")
		for _, tx := range []*txn.Txn{two, reader, refused, late} {
			tx.Discard()
		}
		f.close(t)
	})
}

// A reader waits for the commit it may have seen, not for later ones.
func TestReadersWaitForNoMoreThanTheySaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, j := open(t, txn.Config{}), &journal{}
		f.memory.HoldSync()
		f.commit(t, "a", j.waiter("one")).Discard()
		first := f.begin(t)
		f.commit(t, "a", j.waiter("two")).Discard()
		second := f.begin(t)
		f.commit(t, "a", j.waiter("three")).Discard()
		for tx, name := range map[*txn.Txn]string{first: "saw one", second: "saw two"} {
			if _, err := tx.Commit(1, j.waiter(name)); err != nil {
				t.Fatal(err)
			}
			tx.Discard()
		}
		f.memory.ReleaseSync()
		j.want(t, "one", "saw one", "two", "saw two", "three")
		f.close(t)
	})
}

// Commits wait for a place in the queue before they are applied, so that the queue is bounded.
func TestTheQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, j := open(t, txn.Config{Pending: 2}), &journal{}
		f.memory.HoldSync()
		f.commit(t, "a", j.waiter("one")).Discard()
		f.commit(t, "b", j.waiter("two")).Discard()
		third := f.begin(t)
		if err := third.Put([]byte("c"), nil); err != nil {
			t.Fatal(err)
		}
		blocked := storagetest.Blocked(t, func() error {
			_, err := third.Commit(1, j.waiter("three"))
			return err
		})
		if f.Sequence() != 2 {
			t.Fatalf("store at %d", f.Sequence())
		}
		f.memory.ReleaseSync()
		if err := <-blocked; err != nil {
			t.Fatal(err)
		}
		third.Discard()
		j.want(t, "one", "two", "three")
		f.close(t)
	})
}
