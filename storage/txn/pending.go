package txn

import (
	"sync"
	"sync/atomic"

	"workcell/storage"
)

// Waiter is told how a wait ended.
type Waiter interface {
	// Durable is called once: with a nil error when everything that the transaction wrote and may have seen is durable, or
	// with storage.ErrUncertain when a sync has failed. sequence is the commit's own; for a transaction that has no place in
	// the order of commits it says nothing.
	//
	// For a commit it is called by the syncer: in the order of commits, one call at a time. Else, if all is durable already,
	// by the goroutine in Commit or Rollback, before that returns. It must be quick, must do no I/O, and must not use the
	// Store.
	Durable(sequence storage.Sequence, err error)
}

// pending are the commits that are applied and not durable yet, in order, and who waits for them. Safe for concurrent use.
type pending struct {
	given     *atomic.Uint64 // the last sequence given to a commit
	watermark atomic.Uint64  // written with mu held
	room      chan struct{}  // a place for each commit in the queue

	mu      sync.Mutex // a leaf
	changed sync.Cond  // with mu: the syncer has something to do
	queue   []entry    // a ring; the commit after the watermark is at first; guarded by mu, as are all below
	first   int
	count   int
	ahead   []Waiter // for the commit that is being applied and not in the queue yet
	orphans []Waiter // for a commit that did not come, when nothing is in the queue
	failed  bool     // a sync failed: the watermark will not move any more
	closed  bool
}

// entry is a commit in the queue.
type entry struct {
	txn     *Txn
	then    Waiter   // of the commit; may be nil
	readers []Waiter // who has seen the commit, and waits for it
}

func (p *pending) init(last storage.Sequence, given *atomic.Uint64, most int) {
	p.given = given
	p.watermark.Store(uint64(last))
	p.room = make(chan struct{}, most)
	p.queue = make([]entry, most)
	p.changed.L = &p.mu
}

func (p *pending) mark() storage.Sequence { return storage.Sequence(p.watermark.Load()) }

// reserve takes a place in the queue, for push; it waits while there is none.
func (p *pending) reserve() { p.room <- struct{}{} }

// unreserve gives the place back.
func (p *pending) unreserve() { <-p.room }

// at returns entry i, counted from the first. Call with mu held.
func (p *pending) at(i int) *entry { return &p.queue[(p.first+i)%len(p.queue)] }

// push adds the commit that was just applied. Call with the commit mutex held: it has the order.
func (p *pending) push(t *Txn, then Waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.at(p.count)
	e.txn, e.then = t, then
	e.readers, p.ahead = append(e.readers, p.ahead...), none(p.ahead)
	p.count++
	p.changed.Signal()
}

// miss is told that the commit that was being applied did not come. Call with the commit mutex held.
func (p *pending) miss() {
	p.mu.Lock()
	defer p.mu.Unlock()
	to := &p.orphans
	if p.count > 0 {
		to = &p.at(p.count - 1).readers
	}
	*to, p.ahead = append(*to, p.ahead...), none(p.ahead)
	p.changed.Signal()
}

// park lets then wait for the commits up to sequence, or the last one given if that is less. If they are durable, or will
// never be known to be, it is told at once.
func (p *pending) park(sequence storage.Sequence, then Waiter) {
	if then == nil {
		return
	}
	var err error
	if p.mark() < sequence {
		var parked bool
		if parked, err = p.join(sequence, then); parked {
			return
		}
	}
	then.Durable(sequence, err)
}

func (p *pending) join(sequence storage.Sequence, then Waiter) (parked bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sequence, mark := min(sequence, storage.Sequence(p.given.Load())), p.mark()
	switch {
	case sequence <= mark:
		return false, nil
	case p.failed:
		return false, storage.ErrUncertain
	}
	to := &p.ahead
	if i := int(sequence - mark - 1); i < p.count {
		to = &p.at(i).readers
	}
	*to = append(*to, then)
	return true, nil
}

// next waits for a commit to sync, and returns it; it stays in the queue. Or it returns waiters that can be told at once.
// It returns nothing when the queue is closed and empty.
func (p *pending) next() (t *Txn, then Waiter, orphans []Waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.count == 0 && len(p.orphans) == 0 && !p.closed {
		p.changed.Wait()
	}
	orphans, p.orphans = p.orphans, nil
	if p.count == 0 {
		return nil, nil, orphans
	}
	e := p.at(0)
	return e.txn, e.then, orphans
}

// settle takes the first commit off the queue and returns who has waited for it; spare is an empty list to go on with. If
// the commit is durable the watermark moves to it, else it will not move any more.
func (p *pending) settle(sequence storage.Sequence, spare []Waiter, durable bool) (readers []Waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.at(0)
	readers = e.readers
	*e = entry{readers: spare}
	p.first = (p.first + 1) % len(p.queue)
	p.count--
	if durable {
		p.watermark.Store(uint64(sequence))
	} else {
		p.failed = true
	}
	return readers
}

func (p *pending) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// close lets next return when the queue is empty.
func (p *pending) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.changed.Signal()
}

// none empties a list that is used again.
func none(list []Waiter) []Waiter {
	clear(list)
	return list[:0]
}
