package txn_test

import (
	"errors"
	"testing"

	"workcell/storage"
	"workcell/storage/txn"
)

// increment adds an "x" to the value of "a".
func increment(t *testing.T, tx *txn.Txn) {
	t.Helper()
	value, _, err := tx.Get([]byte("a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Put([]byte("a"), append(append([]byte(nil), value...), 'x')); err != nil {
		t.Fatal(err)
	}
}

// The tests of this file run one transaction in the middle of another one's steps; see "Three orders" in the package
// comment.

func TestACommitBetweenStartAndSnapshotIsChecked(t *testing.T) {
	f := open(t, txn.Config{})
	var other *txn.Txn
	f.memory.At("begun", func() { other = f.commit(t, "a", nil) })
	tx := f.begin(t)
	increment(t, tx) // has not seen the other one, whose commit has the number that is the store's last
	if _, err := tx.Commit(1, nil); !errors.Is(err, storage.ErrConflict) {
		t.Fatalf("commit = %v, want a conflict", err)
	}
	tx.Discard()
	other.Discard()
}

func TestACommitIsPublishedAfterItsApply(t *testing.T) {
	f := open(t, txn.Config{})
	first := f.begin(t)
	increment(t, first)
	var second *txn.Txn
	f.memory.At("applying", func() { second = f.begin(t) })
	if _, err := first.Commit(1, nil); err != nil {
		t.Fatal(err)
	}
	increment(t, second)
	if _, err := second.Commit(1, nil); !errors.Is(err, storage.ErrConflict) {
		t.Fatalf("commit = %v, want a conflict", err)
	}
	first.Discard()
	second.Discard()
}

func TestVisibleCoversWhatIsAppliedButNotPublished(t *testing.T) {
	f := open(t, txn.Config{})
	first := f.begin(t)
	increment(t, first)
	var reader *txn.Txn
	f.memory.At("applied", func() { reader = f.begin(t) })
	if _, err := first.Commit(1, nil); err != nil {
		t.Fatal(err)
	}
	if _, found, err := reader.Get([]byte("a")); !found || err != nil {
		t.Fatalf("the applied write is not seen: %v", err)
	}
	if reader.Visible() != 1 {
		t.Fatalf("visible %d, but commit 1 was seen", reader.Visible())
	}
	reader.Discard()
	first.Discard()
}

func TestACommitAfterTheFirstPartOfAValidationIsSeen(t *testing.T) {
	for key, conflicts := range map[string]bool{"a": false, "b": true, "b1": true, "c": false} {
		f := open(t, txn.Config{})
		tx := f.begin(t)
		if err := tx.Scan([]byte("b"), []byte("c"), false, func(_, _ []byte) bool { return true }); err != nil {
			t.Fatal(err)
		}
		increment(t, tx)
		f.commit(t, "x", nil).Discard() // is in the first part
		var other *txn.Txn
		err := tx.CommitAround(func() { other = f.commit(t, key+"1", nil) })
		if errors.Is(err, storage.ErrConflict) != conflicts || (err != nil) != conflicts {
			t.Fatalf("%s: commit = %v", key, err)
		}
		tx.Discard()
		other.Discard()
		f.close(t)
	}
}
