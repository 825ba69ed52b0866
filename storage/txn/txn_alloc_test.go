//go:build !race && !invariants

package txn_test

import (
	"encoding/binary"
	"testing"

	"workcell/storage"
	"workcell/storage/ledger"
	"workcell/storage/lsm"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

// A transaction as a call makes it allocates nothing: idempotency record, reads, a scan, writes, an attached row, commit,
// wait. (A scan backwards costs one: Pebble copies values into a buffer that it does not keep.) The memtables are large, so
// that the engine does not flush while it is counted.
func TestAllocTransaction(t *testing.T) {
	engine, err := lsm.Open(t.TempDir(), lsm.Options{CacheMiB: 8, MemtableMiB: 64})
	if err != nil {
		t.Fatal(err)
	}
	s, err := txn.Open(engine, txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	w := newAllocWork(t, s)
	for range 200 { // buffers grow
		w.run()
	}
	if n := testing.AllocsPerRun(500, w.run); n != 0 {
		t.Errorf("%v allocations in a transaction", n)
	}
	if n := testing.AllocsPerRun(500, w.read); n != 0 {
		t.Errorf("%v allocations in a transaction that only reads", n)
	}
}

// allocWork makes transactions with buffers of its own.
type allocWork struct {
	t      *testing.T
	store  *txn.Store
	entry  ledger.Entry
	id     []byte
	lo, hi []byte
	value  []byte
	key    []byte
	n      uint64
	rows   int
	visit  func(key, value []byte) bool
	then   txn.Waiter
	told   uint64
}

func newAllocWork(t *testing.T, s *txn.Store) *allocWork {
	w := &allocWork{
		t: t, store: s, id: make([]byte, 36), lo: []byte("dboard\x00r"), hi: []byte("dboard\x00s"), value: make([]byte, 200),
	}
	w.visit = func(_, _ []byte) bool { w.rows++; return w.rows < 10 }
	w.then = storagetest.Told(func(storage.Sequence, error) { w.told++ })
	return w
}

func (w *allocWork) must(err error) {
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *allocWork) keyOf(id uint64) []byte {
	w.key = binary.BigEndian.AppendUint64(append(w.key[:0], w.lo...), id)
	return w.key
}

func (w *allocWork) run() {
	w.n++
	binary.BigEndian.PutUint64(w.id, w.n)
	tx, err := w.store.Begin()
	w.must(err)
	w.entry.Begin([16]byte{1}, w.id, 30, w.value, 1_700_000_000_000)
	outcome, _, err := w.entry.Lookup(tx)
	if w.must(err); outcome != ledger.Unknown {
		w.t.Fatal(outcome)
	}
	_, _, err = tx.Get(w.keyOf(w.n / 2))
	w.must(err)
	w.rows = 0
	w.must(tx.Scan(w.lo, w.hi, false, w.visit))
	for i := range uint64(4) {
		w.must(tx.Put(w.keyOf(4*w.n+i), w.value))
	}
	w.must(tx.Delete(w.keyOf(w.n)))
	_, _, err = tx.Get(w.keyOf(4 * w.n)) // its own
	w.must(err)
	w.must(w.entry.Record(tx, w.value))
	w.must(tx.Attach([]byte("f"), w.value))
	_, err = tx.Commit(int64(w.n), w.then)
	w.must(err)
	w.must(tx.Wait())
	tx.Discard()
}

func (w *allocWork) read() {
	tx, err := w.store.Begin()
	w.must(err)
	_, _, err = tx.Get(w.keyOf(w.n))
	w.must(err)
	w.rows = 0
	w.must(tx.Scan(w.lo, w.hi, false, w.visit))
	_, err = tx.Commit(1, w.then)
	w.must(err)
	tx.Discard()
}
