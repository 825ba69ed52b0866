package txn

import (
	"encoding/binary"
	"fmt"
	"math"

	"workcell/storage"
	"workcell/storage/planted"
)

// Commit validates what t has read and applies what it wrote. nowMs is the commit's time in Unix ms; a time before that
// of an earlier commit is replaced by it. On success the writes are visible to others, but nobody may be told before then
// is; t is done but for Wait and Discard. Commit does not wait for the disk, unless Config.Pending commits wait already.
//
// It returns storage.ErrConflict if another commit changed what t has read, storage.ErrUnavailable if the store failed,
// or the engine's error; nothing was written then, and then is not retained. A transaction that wrote nothing and
// announces nothing has seen a consistent state, so it always succeeds, without validation; it has no place in the order
// of commits, so it returns Visible. A nil then is nobody.
func (t *Txn) Commit(nowMs int64, then Waiter) (storage.Sequence, error) {
	if err := t.usable(); err != nil {
		return 0, err
	}
	if t.writes.len() == 0 && !t.swept && !t.announced {
		t.state = committed
		t.store.pending.park(t.visible, then)
		return t.visible, nil
	}
	if err := t.store.commit(t, nowMs, then); err != nil {
		t.state = ended
		return 0, err
	}
	t.state = committed
	return t.sequence, nil
}

// Rollback drops what t wrote. then is told when what t may have seen is durable: until then nobody may be told what it
// led to. Only Discard is left. A nil then is nobody.
func (t *Txn) Rollback(then Waiter) error {
	if t.state != running {
		return errMisuse
	}
	t.state = ended
	t.store.pending.park(t.visible, then)
	return nil
}

// commit gets t its place in the order.
func (s *Store) commit(t *Txn, nowMs int64, then Waiter) error {
	checked, ok := s.precheck(t)
	if !ok {
		return storage.ErrConflict
	}
	s.pending.reserve()
	if err := s.commitReserved(t, checked, nowMs, then); err != nil {
		s.pending.unreserve()
		return err
	}
	return nil
}

// precheck compares the ranges that t has read with the commits there are, so that only the few that come in between are
// left for the critical section.
func (s *Store) precheck(t *Txn) (checked storage.Sequence, ok bool) {
	more := true
	for checked = t.start; more; {
		if checked, more, ok = s.recent.unchanged(&t.reads, &t.writes, checked, checkStep); !ok {
			return checked, false
		}
	}
	return checked, true
}

// commitReserved is the critical section: one commit at a time.
func (s *Store) commitReserved(t *Txn, checked storage.Sequence, nowMs int64, then Waiter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken.Load() {
		return storage.ErrUnavailable
	}
	if planted.Bug != planted.ValidateAfterApply && !s.valid(t, checked) {
		return storage.ErrConflict
	}
	before := s.applied.Load()
	row := meta{sequence: storage.Sequence(before) + 1, timeMs: max(nowMs, s.lastTime.Load())}
	if err := s.apply(t, row); err != nil {
		s.applying.Store(before)
		s.pending.miss()
		return fmt.Errorf("commit %d: %w", row.sequence, err)
	}
	late := planted.Bug == planted.ValidateAfterApply && !s.valid(t, checked)
	if planted.Bug != planted.BumpBeforeApply {
		s.publish(t, row)
	}
	t.sequence = row.sequence
	t.holders.Add(1) // the syncer
	s.pending.push(t, then)
	if late {
		s.pending.reserve() // commit gives back what the syncer does too
		return storage.ErrConflict
	}
	return nil
}

// valid reports whether everything t has read is still so; its ranges are, up to checked. Call with mu held.
func (s *Store) valid(t *Txn, checked storage.Sequence) bool {
	if s.swept > t.start && !t.reads.empty() || !s.slots.unchanged(t.reads.points, t.start) {
		return false
	}
	_, _, ok := s.recent.unchanged(&t.reads, &t.writes, checked, math.MaxInt)
	return ok
}

// apply adds the rows that know the commit's sequence, and makes all writes visible. Call with mu held.
func (s *Store) apply(t *Txn, row meta) error {
	if err := t.attach(row.sequence); err != nil {
		return err
	}
	t.row = row.append(t.row[:0])
	if err := t.batch.Put(s.metaKey, t.row); err != nil {
		return err
	}
	if planted.Bug == planted.BumpBeforeApply {
		s.publish(t, row)
	}
	s.applying.Store(uint64(row.sequence)) // before the apply: whoever sees its writes knows of it
	return t.batch.Apply()
}

// attach writes the attached row.
func (t *Txn) attach(sequence storage.Sequence) error {
	if len(t.attached.key) == 0 {
		return nil
	}
	t.attached.key = binary.BigEndian.AppendUint64(t.attached.key, uint64(sequence))
	return t.Put(t.attached.key, t.attached.value)
}

// publish lets later validations know what changed. Call with mu held, after the apply: a transaction that starts from
// this sequence must find the writes in its snapshot, else it would overwrite them unseen.
func (s *Store) publish(t *Txn, row meta) {
	s.slots.set(t.writes.hashes, row.sequence)
	s.recent.add(row.sequence, &t.writes.keys)
	if t.swept {
		s.swept = row.sequence
	}
	s.lastTime.Store(row.timeMs)
	s.applied.Store(uint64(row.sequence))
}

// Wait waits until the commit is durable and those up to it have been told of. If t has no place in the order of commits,
// it waits for everything that t may have seen. It returns storage.ErrUncertain if the sync failed: the writes are
// visible, but nobody knows whether they survive a restart. Call it after a successful Commit, at most once.
func (t *Txn) Wait() error {
	if t.state != committed {
		return errMisuse
	}
	t.state = ended
	if t.sequence == 0 {
		t.store.pending.park(t.visible, (*waiting)(t))
	}
	<-t.done
	return t.outcome
}

// waiting is a transaction without a place in the order that somebody waits for.
type waiting Txn

// Durable implements Waiter.
func (w *waiting) Durable(_ storage.Sequence, err error) {
	w.outcome = err
	w.done <- struct{}{}
}
