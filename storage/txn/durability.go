package txn

import (
	"context"
	"sync"
	"sync/atomic"

	"workcell/storage"
)

// durability follows the commits from applied to durable: the watermark, the hooks still to be called, and who waits.
// Safe for concurrent use.
type durability struct {
	given     *atomic.Uint64 // the last sequence given to a commit
	watermark atomic.Uint64  // written with mu held

	hooking sync.Mutex // held while hooks are called; taken before mu

	mu      sync.Mutex       // a leaf
	hooks   []hook           // not yet called, in order; guarded by mu
	failed  storage.Sequence // first commit whose sync failed, 0 if none; guarded by mu
	changed chan struct{}    // closed at the next change, nil if nobody waits; guarded by mu
}

type hook struct {
	sequence storage.Sequence
	call     func(storage.Sequence)
}

func (d *durability) init(last storage.Sequence, given *atomic.Uint64) {
	d.given = given
	d.watermark.Store(uint64(last))
}

func (d *durability) mark() storage.Sequence { return storage.Sequence(d.watermark.Load()) }

// push adds the hook of the commit that was just applied. Call with the commit mutex held: it has the order.
func (d *durability) push(sequence storage.Sequence, call func(storage.Sequence)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hooks = append(d.hooks, hook{sequence, call})
}

// settle is told that the commits up to sequence are durable. It returns when all their hooks have.
func (d *durability) settle(sequence storage.Sequence) error {
	if d.mark() >= sequence {
		return nil
	}
	d.hooking.Lock()
	defer d.hooking.Unlock()
	for {
		h, ok, err := d.next(sequence)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		h.call(h.sequence)
	}
	d.advance(sequence)
	return nil
}

// next takes the first hook off the queue if it belongs to a commit up to sequence.
func (d *durability) next(sequence storage.Sequence) (h hook, ok bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed != 0 && sequence >= d.failed {
		return hook{}, false, storage.ErrUncertain
	}
	if len(d.hooks) == 0 || d.hooks[0].sequence > sequence {
		return hook{}, false, nil
	}
	h = d.hooks[0]
	n := copy(d.hooks, d.hooks[1:]) // short: at most one for each transaction that is waiting
	d.hooks[n] = hook{}
	d.hooks = d.hooks[:n]
	return h, true, nil
}

func (d *durability) advance(sequence storage.Sequence) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if uint64(sequence) > d.watermark.Load() {
		d.watermark.Store(uint64(sequence))
		d.wakeLocked()
	}
}

// fail is told that the sync of the commit at sequence failed. The watermark will not pass it.
func (d *durability) fail(sequence storage.Sequence) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed == 0 || sequence < d.failed {
		d.failed = sequence
	}
	d.wakeLocked()
}

// wake lets all waiters look again.
func (d *durability) wake() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wakeLocked()
}

func (d *durability) wakeLocked() {
	if d.changed != nil {
		close(d.changed)
		d.changed = nil
	}
}

// wait returns when the watermark has reached sequence, or the last sequence given if that is less.
func (d *durability) wait(ctx context.Context, sequence storage.Sequence) error {
	for {
		changed, err := d.look(sequence)
		if changed == nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// look returns a channel to wait on, or nil and the answer.
func (d *durability) look(sequence storage.Sequence) (<-chan struct{}, error) {
	if d.mark() >= sequence {
		return nil, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.mark() >= min(sequence, storage.Sequence(d.given.Load())) {
		return nil, nil
	}
	if d.failed != 0 {
		return nil, storage.ErrUncertain
	}
	if d.changed == nil {
		d.changed = make(chan struct{})
	}
	return d.changed, nil
}
