package txn

import (
	"bytes"
	"errors"

	"workcell/storage"
)

// Txn is one transaction: a snapshot, its own writes over it, and a note of everything it read. It implements
// storage.Writer. One goroutine at a time.
//
// Its life is Begin, reads and writes, Commit, Wait, Discard. Discard ends it from anywhere, and always has to be called;
// nothing may be called after it. After a Commit that failed, only Discard is left.
type Txn struct {
	store *Store
	batch storage.Batch
	state state

	start   storage.Sequence // the snapshot holds all commits up to this one, and maybe some more
	visible storage.Sequence // the snapshot holds no commit after this one
	reads   readSet
	writes  writeSet
	failed  error  // first error of the engine; a transaction that missed a read must not commit
	row     []byte // scratch for the last-commit row
	last    []byte // scratch for the last key of a scan

	sequence storage.Sequence // of the commit; 0 if it needs none
}

type state uint8

const (
	idle      state = iota // in the pool
	running                // between Begin and Commit
	committed              // applied, Wait may be called
	ended                  // Commit failed, or Wait is done
)

var errMisuse = errors.New("transaction is used outside its life")

var _ storage.Writer = (*Txn)(nil)

// Begin starts a transaction that sees all commits applied so far. It returns storage.ErrUnavailable if the store is
// closed or broken.
func (s *Store) Begin() (*Txn, error) {
	if s.broken.Load() {
		return nil, storage.ErrUnavailable
	}
	t, err := s.pool.take()
	if err != nil {
		return nil, err
	}
	if t == nil {
		t = &Txn{store: s, batch: s.engine.NewBatch()}
	}
	t.start = storage.Sequence(s.applied.Load()) // before the snapshot: what comes between counts as unseen
	if err := t.batch.Begin(); err != nil {
		t.batch.Reset()
		s.pool.put(t)
		return nil, err
	}
	t.visible = storage.Sequence(s.applying.Load()) // after the snapshot: what comes between counts as seen
	t.state = running
	return t, nil
}

// Visible returns an upper bound of the commits that the transaction may have seen. What it has read may leave the
// process when Store.WaitDurable has returned for it.
func (t *Txn) Visible() storage.Sequence { return t.visible }

// Get implements storage.Reader. The value is a view, valid until the next call on t.
func (t *Txn) Get(key []byte) (value []byte, found bool, err error) {
	if err := t.usable(); err != nil {
		return nil, false, err
	}
	hash := hashKey(key)
	if !t.writes.contains(hash, key) {
		t.reads.addPoint(hash)
	}
	value, found, err = t.batch.Get(key)
	return value, found, t.note(err)
}

// Scan implements storage.Reader. If visit stops it, only the part that was visited counts as read.
func (t *Txn) Scan(lo, hi []byte, reverse bool, visit func(key, value []byte) (more bool)) error {
	if err := t.usable(); err != nil {
		return err
	}
	if hi != nil && bytes.Compare(lo, hi) >= 0 {
		return nil
	}
	stopped := false
	err := t.batch.Scan(lo, hi, reverse, func(key, value []byte) bool {
		if visit(key, value) {
			return true
		}
		stopped = true
		t.last = append(t.last[:0], key...)
		return false
	})
	switch {
	case stopped && reverse:
		lo = t.last
	case stopped:
		t.last = append(t.last, 0) // the next possible key: the last visited one is inside the range
		hi = t.last
	}
	t.reads.addRange(lo, hi, t.writes.len())
	return t.note(err)
}

// Put implements storage.Writer.
func (t *Txn) Put(key, value []byte) error {
	if err := t.usable(); err != nil {
		return err
	}
	t.writes.add(hashKey(key), key)
	return t.note(t.batch.Put(key, value))
}

// Delete implements storage.Writer.
func (t *Txn) Delete(key []byte) error {
	if err := t.usable(); err != nil {
		return err
	}
	t.writes.add(hashKey(key), key)
	return t.note(t.batch.Delete(key))
}

// Discard gives the transaction back. Writes that were not committed are dropped; after a Commit without Wait it waits,
// so that the hook is called. Nothing may be called on t afterwards.
func (t *Txn) Discard() {
	if t.state == idle {
		return
	}
	if t.state == committed && t.sequence != 0 {
		_ = t.Wait() // nobody wants to know; a failed sync has been reported to Config.Fatal
	}
	t.batch.Reset()
	t.reads.reset()
	t.writes.reset()
	t.failed, t.sequence, t.state = nil, 0, idle
	t.store.pool.put(t)
}

// usable returns why t can neither read nor write, or nil.
func (t *Txn) usable() error {
	if t.state != running {
		return errMisuse
	}
	return t.failed
}

// note remembers the first error of the engine.
func (t *Txn) note(err error) error {
	if err != nil && t.failed == nil {
		t.failed = err
	}
	return err
}
