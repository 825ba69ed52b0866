package txn

import (
	"bytes"
	"errors"
	"sync/atomic"

	"workcell/storage"
)

// Txn is one transaction: a snapshot, its own writes over it, and a note of everything it read. It implements
// storage.Writer. One goroutine at a time.
//
// Its life is Begin, reads and writes, Commit or Rollback, Discard. Discard ends it from anywhere, and always has to be
// called; nothing may be called after it. After a Commit that failed, only Discard is left.
type Txn struct {
	store *Store
	batch storage.Batch
	state state

	start     storage.Sequence // the snapshot holds all commits up to this one, and maybe some more
	visible   storage.Sequence // the snapshot holds no commit after this one
	reads     readSet
	writes    writeSet
	swept     bool                        // deleted a range
	announced bool                        // has a place in the order even if it wrote nothing
	attached  struct{ key, value []byte } // a row whose key will end with the sequence; an empty key: none
	failed    error                       // first error of the engine; a transaction that missed a read must not commit
	row       []byte                      // scratch for the last-commit row

	// The scan that runs. visited is the method of that name, bound once.
	visit   func(key, value []byte) (more bool)
	visited func(key, value []byte) (more bool)
	stopped bool
	last    []byte // the key at which visit stopped

	sequence storage.Sequence // of the commit; 0 if it needs none
	outcome  error            // of the commit, once done was sent to
	done     chan struct{}    // has room for one
	holders  atomic.Int32     // the caller, and from the apply to the sync the syncer: the last one gives t back
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

func newTxn(s *Store) *Txn {
	t := &Txn{store: s, batch: s.engine.NewBatch(), done: make(chan struct{}, 1)}
	t.visited = t.visitPair
	return t
}

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
		t = newTxn(s)
	}
	t.start = storage.Sequence(s.applied.Load()) // before the snapshot: what comes between counts as unseen
	if err := t.batch.Begin(); err != nil {
		t.batch.Reset()
		s.pool.put(t)
		return nil, err
	}
	t.visible = storage.Sequence(s.applying.Load()) // after the snapshot: what comes between counts as seen
	t.state = running
	t.holders.Store(1)
	return t, nil
}

// Visible returns an upper bound of the commits that the transaction may have seen.
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
	t.visit, t.stopped = visit, false
	err := t.batch.Scan(lo, hi, reverse, t.visited)
	t.visit = nil
	switch {
	case t.stopped && reverse:
		lo = t.last
	case t.stopped:
		t.last = append(t.last, 0) // the next possible key: the last visited one is inside the range
		hi = t.last
	}
	t.reads.addRange(lo, hi, t.writes.len())
	return t.note(err)
}

func (t *Txn) visitPair(key, value []byte) bool {
	if t.visit(key, value) {
		return true
	}
	t.stopped = true
	t.last = append(t.last[:0], key...)
	return false
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

// DeleteRange deletes the keys with lo <= key < hi, those that others commit before t included. It is for housekeeping:
// whatever runs beside it and has read anything at all conflicts, and runs again. Borrows lo and hi until return.
func (t *Txn) DeleteRange(lo, hi []byte) error {
	if err := t.usable(); err != nil {
		return err
	}
	t.swept = true
	return t.note(t.batch.DeleteRange(lo, hi))
}

// Attach lets the commit write a row whose key is prefix and the commit's sequence, 8 bytes, big endian. One for each
// transaction, and not visible to t itself. It copies prefix, which must not be empty, and value.
func (t *Txn) Attach(prefix, value []byte) error {
	if err := t.usable(); err != nil {
		return err
	}
	t.announced = true
	t.attached.key = append(t.attached.key[:0], prefix...)
	t.attached.value = append(t.attached.value[:0], value...)
	return nil
}

// Announce gives t a place in the order of commits, validated like any other, even if it writes nothing: what it
// announces has a sequence.
func (t *Txn) Announce() { t.announced = true }

// Discard gives the transaction back. Writes that were not committed are dropped. It does not wait for the disk. Nothing
// may be called on t afterwards.
func (t *Txn) Discard() {
	if t.state == idle {
		return
	}
	t.state = idle
	t.clear()
	t.release()
}

// clear forgets everything but what the syncer needs.
func (t *Txn) clear() {
	t.reads.reset()
	t.writes.reset()
	t.attached.key, t.attached.value = t.attached.key[:0], reuse(t.attached.value, keptBytes)
	t.swept, t.announced, t.failed = false, false, nil
}

// release is said by each holder; t goes back to the pool with the last one.
func (t *Txn) release() {
	if t.holders.Add(-1) > 0 {
		return
	}
	t.batch.Reset()
	select {
	case <-t.done:
	default:
	}
	t.sequence, t.outcome = 0, nil
	t.store.pool.put(t)
}

// synced is said by the syncer when everybody else was told how the commit ended.
func (t *Txn) synced(err error) {
	t.outcome = err
	t.done <- struct{}{}
	t.release()
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
