package txn

import (
	"context"
	"fmt"

	"workcell/storage"
)

// Commit validates what t has read and applies what it wrote. nowMs is the commit's time in Unix ms; a time before that
// of an earlier commit is replaced by it. On success the writes are visible to others, but nobody may be told before Wait
// has returned.
//
// durable, if not nil, is called once when the commit is durable: in the order of commits, one call at a time, by any
// goroutine that is in Wait or Discard, with no lock held that Begin, reads or Commit need. It must be quick, must not
// do I/O, and must not call Wait, WaitDurable, Discard or Close.
//
// It returns storage.ErrConflict if another commit changed what t has read, storage.ErrUnavailable if the store failed,
// or the engine's error; nothing was written then, and durable is not retained. A transaction that wrote nothing and has
// no hook has seen a consistent state, so it always succeeds, without validation; it has no place in the order of
// commits, so it returns Visible. One with a hook is a commit like any other: what the hook announces has a sequence.
func (t *Txn) Commit(nowMs int64, durable func(storage.Sequence)) (storage.Sequence, error) {
	if err := t.usable(); err != nil {
		return 0, err
	}
	if t.writes.len() == 0 && durable == nil {
		t.state = committed
		return t.visible, nil
	}
	if err := t.store.commit(t, nowMs, durable); err != nil {
		t.state = ended
		return 0, err
	}
	t.state = committed
	return t.sequence, nil
}

// commit is the critical section: one commit at a time.
func (s *Store) commit(t *Txn, nowMs int64, durable func(storage.Sequence)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken.Load() {
		return storage.ErrUnavailable
	}
	if !s.valid(t) {
		return storage.ErrConflict
	}
	before := s.applied.Load()
	row := meta{sequence: storage.Sequence(before) + 1, timeMs: max(nowMs, s.lastTime.Load())}
	if err := s.apply(t, row); err != nil {
		s.applying.Store(before)
		s.durable.wake() // somebody may wait for the commit that did not come
		return fmt.Errorf("commit %d: %w", row.sequence, err)
	}
	t.sequence = row.sequence
	if durable != nil {
		s.durable.push(row.sequence, durable)
	}
	s.publish(t, row)
	return nil
}

// valid reports whether everything t has read is still so. Call with mu held.
func (s *Store) valid(t *Txn) bool {
	return s.slots.unchanged(t.reads.points, t.start) && s.recent.unchanged(t.reads.ranges, &t.writes, t.start)
}

// apply adds the last-commit row to the writes and makes them visible. Call with mu held.
func (s *Store) apply(t *Txn, row meta) error {
	t.row = row.append(t.row[:0])
	if err := t.batch.Put(s.metaKey, t.row); err != nil {
		return err
	}
	s.applying.Store(uint64(row.sequence)) // before the apply: whoever sees its writes knows of it
	return t.batch.Apply()
}

// publish lets later validations know what changed. Call with mu held, after the apply: a transaction that starts from
// this sequence must find the writes in its snapshot, else it would overwrite them unseen.
func (s *Store) publish(t *Txn, row meta) {
	s.slots.set(t.writes.hashes, row.sequence)
	s.recent.add(row.sequence, &t.writes.keys)
	s.lastTime.Store(row.timeMs)
	s.applied.Store(uint64(row.sequence))
}

// Wait waits until the commit is durable and the hooks of all commits up to it have returned. If t has no
// place in the order of commits, it waits for everything that t may have seen. It returns storage.ErrUncertain if the sync failed: the writes are visible,
// but nobody knows whether they survive a restart. Call it after a successful Commit, once.
func (t *Txn) Wait() error {
	if t.state != committed {
		return errMisuse
	}
	t.state = ended
	if t.sequence == 0 {
		return t.store.WaitDurable(context.Background(), t.visible)
	}
	if err := t.batch.Sync(); err != nil {
		t.store.breakDown(t.sequence, err)
		return fmt.Errorf("commit %d: %w: %w", t.sequence, storage.ErrUncertain, err)
	}
	return t.store.durable.settle(t.sequence)
}
