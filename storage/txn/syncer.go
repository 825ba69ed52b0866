package txn

import (
	"fmt"
	"sync"

	"workcell/storage"
	"workcell/storage/planted"
)

// sync is the syncer, the one goroutine that waits for the disk: it takes the commits in their order, lets the engine sync
// each, and tells who waits. A sync of the engine covers many commits, so for most of them there is nothing to wait for.
// Store.Close ends it and waits for it.
func (s *Store) sync() {
	defer close(s.stopped)
	var cause error // of the first failure
	var fatal sync.Once
	var spare []Waiter
	for {
		if cause != nil && s.pending.len() == 0 { // whoever waited has been told
			fatal.Do(func() { s.config.Fatal(cause) })
		}
		t, then, orphans := s.pending.next()
		for _, w := range orphans {
			w.Durable(0, s.lost())
		}
		if t == nil && orphans == nil {
			return
		}
		if t != nil {
			if err := s.complete(t, then, &spare); cause == nil {
				cause = err
			}
		}
	}
}

// complete makes the first commit of the queue durable, or learns that it cannot, and tells everybody. spare points to an
// empty list, and to another one afterwards. It returns the engine's error.
func (s *Store) complete(t *Txn, then Waiter, spare *[]Waiter) (failed error) {
	if planted.Bug != planted.ReplyBeforeSync {
		failed = t.batch.Sync()
	}
	if failed != nil {
		s.broken.Store(true)
	}
	err := s.lost()
	if err == nil {
		s.durable.Store(uint64(t.sequence))
	}
	if failed != nil {
		err = fmt.Errorf("commit %d: %w: %w", t.sequence, err, failed)
	}
	if then != nil {
		then.Durable(t.sequence, err)
	}
	readers := s.pending.settle(t.sequence, *spare, err == nil)
	for _, w := range readers {
		w.Durable(t.sequence, err)
	}
	*spare = none(readers)
	s.pending.unreserve()
	t.synced(err)
	return failed
}

// lost returns what is known of a commit above the watermark: nothing, after a failed sync.
func (s *Store) lost() error {
	if s.broken.Load() {
		return storage.ErrUncertain
	}
	return nil
}
