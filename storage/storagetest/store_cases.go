package storagetest

import (
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

// A range that is deleted is deleted for everybody: whoever has read anything runs again.
func testSweep(t *testing.T, s *txn.Store) {
	set(t, s, "a=1", "b1=1", "b2=1", "c=1")
	byKey, byScan, blind, reader := start(t, s), start(t, s), start(t, s), start(t, s)
	want(t, byKey, "b1", "1")
	wantPairs(t, pairs(t, byScan, []byte("c"), []byte("d"), false, 0), "c=1")
	want(t, reader, "b2", "1")
	for i, tx := range []*txn.Txn{byKey, byScan, blind} {
		change(t, tx, "b3"+string(rune('x'+i))+"=late")
	}
	sweeper := start(t, s)
	must(t, sweeper.DeleteRange([]byte("b"), []byte("c")))
	change(t, sweeper, "b2=kept")
	wantPairs(t, pairs(t, sweeper, []byte("a"), []byte("d"), false, 0), "a=1", "b2=kept", "c=1")
	finish(t, sweeper, nil)
	finish(t, byKey, storage.ErrConflict)
	finish(t, byScan, storage.ErrConflict)
	finish(t, blind, nil)
	finish(t, reader, nil)
	tx := start(t, s)
	wantPairs(t, pairs(t, tx, []byte("a"), []byte("d"), false, 0), "a=1", "b2=kept", "b3z=late", "c=1")
	finish(t, tx, nil)

	only := start(t, s) // no other write
	must(t, only.DeleteRange([]byte("a"), []byte("d")))
	finish(t, only, nil)
	if s.Sequence() != 4 {
		t.Fatalf("store at %d, want 4", s.Sequence())
	}
}
