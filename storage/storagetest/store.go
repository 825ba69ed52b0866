package storagetest

import (
	"errors"
	"testing"

	"workcell/storage"
	"workcell/storage/txn"
)

// Disk opens the engine on one and the same place, again and again: what one run has committed, the next one finds.
type Disk func() storage.Engine

// RunStore checks the transactions of package txn on an engine. newDisk returns an empty place.
func RunStore(t *testing.T, newDisk func(t *testing.T) Disk) {
	cases := []struct {
		name string
		run  func(t *testing.T, s *txn.Store)
	}{
		{"two increments of one counter", testLostUpdate},
		{"write skew by keys", testSkewByKeys},
		{"write skew by scans", testSkewByScans},
		{"phantoms", testPhantoms},
		{"a stopped scan has read what it visited", testStoppedScan},
		{"own writes are not reads", testOwnWritesAreNoReads},
		{"writing without reading never conflicts", testBlindWrites},
		{"reading without writing never conflicts", testReadOnly},
		{"a range delete conflicts with every reader", testSweep},
		{"an announcement without writes is a commit", testAnnouncement},
		{"a row is attached under the commit's sequence", testAttached},
		{"a conflict writes nothing", testConflictWritesNothing},
		{"sequences and waiters follow the commits", testOrderOfWaiters},
		{"a rollback", testRollback},
		{"a transaction used outside its life", testMisuse},
		{"interleaved transactions agree with a model", testAgainstModel},
		{"histories of hot registers are linearizable", testHistory},
		{"sums of many accounts never change", testHammer},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := openStore(t, newDisk(t)())
			c.run(t, s)
			must(t, s.Close())
		})
	}
	t.Run("a new run goes on where the last one ended", func(t *testing.T) { testReopen(t, newDisk(t)) })
	t.Run("close waits for the running ones", func(t *testing.T) { testClose(t, newDisk(t)()) })
}

func openStore(t testing.TB, e storage.Engine) *txn.Store {
	t.Helper()
	s, err := txn.Open(e, txn.Config{Fatal: func(err error) { t.Errorf("fatal: %v", err) }})
	must(t, err)
	return s
}

// start begins a transaction; the case discards it.
func start(t testing.TB, s *txn.Store) *txn.Txn {
	t.Helper()
	tx, err := s.Begin()
	must(t, err)
	return tx
}

// finish commits, waits and discards; want is nil or what Commit should return.
func finish(t testing.TB, tx *txn.Txn, want error) {
	t.Helper()
	defer tx.Discard()
	_, err := tx.Commit(1, nil)
	if !errors.Is(err, want) || (err != nil) != (want != nil) {
		t.Fatalf("commit = %v, want %v", err, want)
	}
	if err == nil {
		must(t, tx.Wait())
	}
}

// set commits "key=value" puts and "key" deletes.
func set(t testing.TB, s *txn.Store, ops ...string) {
	t.Helper()
	tx := start(t, s)
	change(t, tx, ops...)
	finish(t, tx, nil)
}
