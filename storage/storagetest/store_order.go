package storagetest

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"workcell/storage"
	"workcell/storage/txn"
)

// never fails if it is told.
func never(t *testing.T) txn.Waiter {
	return Told(func(q storage.Sequence, err error) { t.Errorf("told of %d, %v", q, err) })
}

func testConflictWritesNothing(t *testing.T, s *txn.Store) {
	tx := start(t, s)
	want(t, tx, "a", "")
	change(t, tx, "a=1", "b=1")
	set(t, s, "a=2")
	if _, err := tx.Commit(1, never(t)); err != storage.ErrConflict {
		t.Fatalf("commit = %v", err)
	}
	tx.Discard()
	set(t, s, "c=3")
	check := start(t, s)
	wantPairs(t, pairs(t, check, nil, []byte("d"), false, 0), "a=2", "c=3")
	check.Discard()
	if s.Sequence() != 2 {
		t.Fatalf("store at %d", s.Sequence())
	}
}

func testAnnouncement(t *testing.T, s *txn.Store) {
	stale := start(t, s)
	want(t, stale, "a", "")
	stale.Announce()
	set(t, s, "a=1")
	if _, err := stale.Commit(1, never(t)); err != storage.ErrConflict {
		t.Fatalf("commit = %v", err)
	}
	stale.Discard()

	tx := start(t, s)
	want(t, tx, "a", "1")
	tx.Announce()
	var told, durable storage.Sequence
	sequence, err := tx.Commit(1, Told(func(q storage.Sequence, _ error) { told, durable = q, s.Durable() }))
	must(t, err)
	must(t, tx.Wait())
	tx.Discard()
	if sequence != 2 || told != 2 || durable != 2 {
		t.Fatalf("commit = %d, told of %d when durable was %d; want 2", sequence, told, durable)
	}
}

func testAttached(t *testing.T, s *txn.Store) {
	set(t, s, "a=1")
	row := func(sequence uint64) string { return string(binary.BigEndian.AppendUint64([]byte("f"), sequence)) }
	stale := start(t, s)
	pairs(t, stale, []byte("f"), []byte("g"), false, 0)
	change(t, stale, "b=1")

	tx := start(t, s)
	prefix, value := []byte("f"), []byte("first")
	must(t, tx.Attach(prefix, value))
	copy(prefix, "x")
	copy(value, "xxxxx")
	wantPairs(t, pairs(t, tx, []byte("f"), []byte("g"), false, 0))
	finish(t, tx, nil)
	finish(t, stale, storage.ErrConflict) // an attached row is a write like any other

	tx = start(t, s) // the same transaction again, without a row
	finish(t, tx, nil)
	tx = start(t, s)
	must(t, tx.Attach([]byte("f"), nil))
	finish(t, tx, nil)
	tx = start(t, s)
	wantPairs(t, pairs(t, tx, []byte("f"), []byte("g"), false, 0), row(2)+"=first", row(3)+"=")
	finish(t, tx, nil)
}

func testOrderOfWaiters(t *testing.T, s *txn.Store) {
	var told []storage.Sequence // by the syncer alone, until WaitDurable
	var txns []*txn.Txn
	for i := range storage.Sequence(10) {
		tx := start(t, s)
		change(t, tx, "a=1")
		sequence, err := tx.Commit(1, Told(func(q storage.Sequence, err error) {
			if err != nil {
				t.Errorf("commit %d: %v", q, err)
			}
			told = append(told, q)
		}))
		must(t, err)
		if sequence != i+1 || s.Sequence() != i+1 {
			t.Fatalf("commit %d got %d, store at %d", i+1, sequence, s.Sequence())
		}
		txns = append(txns, tx)
	}
	must(t, txns[4].Wait())
	if s.Durable() < 5 {
		t.Fatalf("commit 5 was waited for, durable is %d", s.Durable())
	}
	must(t, s.WaitDurable(context.Background(), 10))
	if !slices.Equal(told, []storage.Sequence{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) || s.Durable() != 10 {
		t.Fatalf("told of %v, durable %d", told, s.Durable())
	}
	must(t, s.WaitDurable(context.Background(), 1000)) // all there is
	for _, tx := range txns {
		tx.Discard()
	}
}

func testRollback(t *testing.T, s *txn.Store) {
	set(t, s, "a=1")
	tx := start(t, s)
	change(t, tx, "a=2")
	told := 0
	must(t, tx.Rollback(Told(func(_ storage.Sequence, err error) {
		must(t, err)
		told++
	})))
	if told != 1 {
		t.Fatalf("told %d times, though everything seen is durable", told)
	}
	if err := tx.Put([]byte("a"), nil); err == nil {
		t.Fatal("put after rollback")
	}
	if err := tx.Rollback(never(t)); err == nil {
		t.Fatal("second rollback")
	}
	tx.Discard()
	tx = start(t, s)
	want(t, tx, "a", "1")
	tx.Discard()
}

func testMisuse(t *testing.T, s *txn.Store) {
	tx := start(t, s)
	if err := tx.Wait(); err == nil {
		t.Fatal("wait before commit")
	}
	change(t, tx, "a=1")
	_, err := tx.Commit(1, nil)
	must(t, err)
	_, err = tx.Commit(1, never(t))
	_, _, get := tx.Get([]byte("a"))
	for operation, err := range map[string]error{
		"commit": err, "get": get,
		"put":          tx.Put([]byte("a"), nil),
		"delete":       tx.Delete([]byte("a")),
		"delete range": tx.DeleteRange([]byte("a"), []byte("b")),
		"attach":       tx.Attach([]byte("a"), nil),
		"scan":         tx.Scan(nil, nil, false, func(_, _ []byte) bool { return true }),
		"rollback":     tx.Rollback(never(t)),
	} {
		if err == nil || errors.Is(err, storage.ErrConflict) {
			t.Fatalf("%s after commit = %v", operation, err)
		}
	}
	must(t, tx.Wait())
	if err := tx.Wait(); err == nil {
		t.Fatal("second wait")
	}
	tx.Discard()
}
