package storagetest

import (
	"context"
	"slices"
	"testing"

	"workcell/storage"
	"workcell/storage/txn"
)

func testLostUpdate(t *testing.T, s *txn.Store) {
	set(t, s, "counter=0")
	one, other := start(t, s), start(t, s)
	want(t, one, "counter", "0")
	want(t, other, "counter", "0")
	change(t, one, "counter=1")
	change(t, other, "counter=1")
	finish(t, one, nil)
	finish(t, other, storage.ErrConflict)
}

func testSkewByKeys(t *testing.T, s *txn.Store) {
	set(t, s, "x=1", "y=1")
	one, other := start(t, s), start(t, s)
	want(t, one, "x", "1")
	want(t, other, "y", "1")
	change(t, one, "y=0")
	change(t, other, "x=0")
	finish(t, other, nil)
	finish(t, one, storage.ErrConflict)

	// The same by reading that something is not there.
	one, other = start(t, s), start(t, s)
	want(t, one, "p", "")
	want(t, other, "q", "")
	change(t, one, "q=1")
	change(t, other, "p=1")
	finish(t, one, nil)
	finish(t, other, storage.ErrConflict)
}

func testSkewByScans(t *testing.T, s *txn.Store) {
	one, other := start(t, s), start(t, s)
	wantPairs(t, pairs(t, one, []byte("a"), []byte("b"), false, 0))
	wantPairs(t, pairs(t, other, []byte("b"), []byte("c"), true, 0))
	change(t, one, "b1=x")
	change(t, other, "a1=x")
	finish(t, one, nil)
	finish(t, other, storage.ErrConflict)
}

func testPhantoms(t *testing.T, s *txn.Store) {
	cases := []struct {
		name      string
		reverse   bool
		by        []string // what the other transaction does
		conflicts bool
	}{
		{"a key appears", false, []string{"b5=x"}, true},
		{"a key appears, scanned backwards", true, []string{"b5=x"}, true},
		{"the first possible key appears", false, []string{"b=x"}, true},
		{"the end of the range appears", false, []string{"c=x"}, false},
		{"the key before the range appears", false, []string{"a\xff\xff=x"}, false},
		{"a key changes", false, []string{"b2=x"}, true},
		{"a key vanishes", true, []string{"b2"}, true},
		{"a key that was not there is deleted", false, []string{"b7"}, true}, // no conflict would do too
		{"much happens elsewhere", false, []string{"a=x", "c1=x", "d", "=x"}, false},
	}
	for _, c := range cases {
		set(t, s, "b1=1", "b2=2", "b5", "b", "c")
		tx := start(t, s)
		got := pairs(t, tx, []byte("b"), []byte("c"), c.reverse, 0)
		if len(got) != 2 {
			t.Fatalf("%s: scan = %q", c.name, got)
		}
		change(t, tx, "result=2")
		set(t, s, "unrelated=x")
		set(t, s, c.by...)
		set(t, s, "unrelated=y")
		if c.conflicts {
			finish(t, tx, storage.ErrConflict)
		} else {
			finish(t, tx, nil)
		}
	}
	// A range without end.
	tx := start(t, s)
	pairs(t, tx, []byte("x"), nil, false, 0)
	change(t, tx, "result=0")
	set(t, s, "\xff\xff=x")
	finish(t, tx, storage.ErrConflict)
}

func testStoppedScan(t *testing.T, s *txn.Store) {
	for key, conflicts := range map[string]struct{ forward, backward bool }{
		"a": {true, false},
		"b": {true, false},
		"c": {true, true}, // both stop here: the last visited key was read
		"d": {false, true},
		"e": {false, true},
	} {
		set(t, s, "a=1", "b=1", "c=1", "d=1", "e=1")
		forward, backward := start(t, s), start(t, s)
		wantPairs(t, pairs(t, forward, nil, nil, false, 3), "a=1", "b=1", "c=1")
		wantPairs(t, pairs(t, backward, []byte("a"), []byte("f"), true, 3), "e=1", "d=1", "c=1")
		change(t, forward, "f=1")
		change(t, backward, "g=1")
		set(t, s, key+"=2")
		for tx, conflicts := range map[*txn.Txn]bool{forward: conflicts.forward, backward: conflicts.backward} {
			if conflicts {
				finish(t, tx, storage.ErrConflict)
			} else {
				finish(t, tx, nil)
			}
		}
	}
}

func testOwnWritesAreNoReads(t *testing.T, s *txn.Store) {
	set(t, s, "a=0", "b=0")
	tx := start(t, s)
	change(t, tx, "a=1", "b")
	want(t, tx, "a", "1")
	want(t, tx, "b", "")
	wantPairs(t, pairs(t, tx, []byte("a"), []byte("c"), false, 0), "a=1")
	set(t, s, "a=2")
	set(t, s, "b=2")
	finish(t, tx, nil)

	// Overwritten only after the read, it was read all the same.
	tx = start(t, s)
	wantPairs(t, pairs(t, tx, []byte("a"), []byte("c"), false, 0), "a=1")
	change(t, tx, "a=3")
	set(t, s, "a=2")
	finish(t, tx, storage.ErrConflict)
}

func testBlindWrites(t *testing.T, s *txn.Store) {
	one, other := start(t, s), start(t, s)
	change(t, one, "a=1", "b=1")
	change(t, other, "a=2", "b=2")
	finish(t, other, nil)
	finish(t, one, nil)
	tx := start(t, s)
	wantPairs(t, pairs(t, tx, nil, []byte("c"), false, 0), "a=1", "b=1")
	tx.Discard()
}

func testReadOnly(t *testing.T, s *txn.Store) {
	set(t, s, "a=1", "b=1")
	tx := start(t, s)
	want(t, tx, "a", "1")
	set(t, s, "a=2", "b=2")
	wantPairs(t, pairs(t, tx, nil, []byte("c"), false, 0), "a=1", "b=1")
	sequence, err := tx.Commit(1, nil)
	must(t, err)
	if sequence != tx.Visible() || sequence != 1 {
		t.Fatalf("commit = %d, visible %d, want 1", sequence, tx.Visible())
	}
	must(t, tx.Wait())
	tx.Discard()
	if s.Sequence() != 2 {
		t.Fatalf("store at %d", s.Sequence())
	}
}

func testAnnouncement(t *testing.T, s *txn.Store) {
	stale := start(t, s)
	want(t, stale, "a", "")
	set(t, s, "a=1")
	if _, err := stale.Commit(1, func(storage.Sequence) { t.Error("the hook of a lost commit was called") }); err != storage.ErrConflict {
		t.Fatalf("commit = %v", err)
	}
	stale.Discard()

	tx := start(t, s)
	want(t, tx, "a", "1")
	var called storage.Sequence
	sequence, err := tx.Commit(1, func(q storage.Sequence) { called = q })
	must(t, err)
	must(t, tx.Wait())
	tx.Discard()
	if sequence != 2 || called != 2 || s.Durable() != 2 {
		t.Fatalf("commit = %d, hook called with %d, durable %d; want 2", sequence, called, s.Durable())
	}
}

func testConflictWritesNothing(t *testing.T, s *txn.Store) {
	tx := start(t, s)
	want(t, tx, "a", "")
	change(t, tx, "a=1", "b=1")
	set(t, s, "a=2")
	called := false
	if _, err := tx.Commit(1, func(storage.Sequence) { called = true }); err != storage.ErrConflict {
		t.Fatalf("commit = %v", err)
	}
	tx.Discard()
	set(t, s, "c=3")
	check := start(t, s)
	wantPairs(t, pairs(t, check, nil, []byte("d"), false, 0), "a=2", "c=3")
	check.Discard()
	if called || s.Sequence() != 2 {
		t.Fatalf("hook called %v, store at %d", called, s.Sequence())
	}
}

func testHooks(t *testing.T, s *txn.Store) {
	var called []storage.Sequence
	var txns []*txn.Txn
	for i := range storage.Sequence(10) {
		tx := start(t, s)
		change(t, tx, "a=1")
		sequence, err := tx.Commit(1, func(q storage.Sequence) { called = append(called, q) })
		must(t, err)
		if sequence != i+1 || s.Sequence() != i+1 {
			t.Fatalf("commit %d got %d, store at %d", i+1, sequence, s.Sequence())
		}
		txns = append(txns, tx)
	}
	wantCalled := func(n storage.Sequence) {
		t.Helper()
		var want []storage.Sequence
		for q := range n {
			want = append(want, q+1)
		}
		if !slices.Equal(called, want) || s.Durable() != n {
			t.Fatalf("called %v, durable %d; want all up to %d", called, s.Durable(), n)
		}
	}
	wantCalled(0)
	for _, step := range []struct {
		wait    int
		durable storage.Sequence
	}{{4, 5}, {2, 5}, {6, 7}} {
		must(t, txns[step.wait].Wait())
		wantCalled(step.durable)
	}
	txns[8].Discard() // waits
	wantCalled(9)
	must(t, s.WaitDurable(context.Background(), 9))
	for _, tx := range txns {
		tx.Discard()
	}
	wantCalled(10)
	must(t, s.WaitDurable(context.Background(), 1000)) // all there is
}

func testMisuse(t *testing.T, s *txn.Store) {
	tx := start(t, s)
	if err := tx.Wait(); err == nil {
		t.Fatal("wait before commit")
	}
	change(t, tx, "a=1")
	_, err := tx.Commit(1, nil)
	must(t, err)
	if _, err := tx.Commit(1, nil); err == nil {
		t.Fatal("second commit")
	}
	if err := tx.Put([]byte("a"), nil); err == nil {
		t.Fatal("put after commit")
	}
	if _, _, err := tx.Get([]byte("a")); err == nil {
		t.Fatal("get after commit")
	}
	must(t, tx.Wait())
	if err := tx.Wait(); err == nil {
		t.Fatal("second wait")
	}
	tx.Discard()
}
