package txn

import (
	"sync"

	"workcell/storage"
)

// pool keeps idle transactions and counts the running ones. Safe for concurrent use; its mutex is a leaf.
type pool struct {
	mu      sync.Mutex
	none    sync.Cond // signalled when running drops to 0
	idle    []*Txn    // guarded by mu; the last one is the warmest
	running int       // guarded by mu
	closed  bool      // guarded by mu
}

func (p *pool) init(idle int) {
	p.none.L = &p.mu
	p.idle = make([]*Txn, 0, idle)
}

// take counts one more running transaction and returns an idle one, or nil if there is none.
func (p *pool) take() (*Txn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, storage.ErrUnavailable
	}
	p.running++
	if len(p.idle) == 0 {
		return nil, nil
	}
	last := len(p.idle) - 1
	t := p.idle[last]
	p.idle = p.idle[:last]
	return t, nil
}

// put takes back what take has counted.
func (p *pool) put(t *Txn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) < cap(p.idle) {
		p.idle = append(p.idle, t)
	}
	if p.running--; p.running == 0 {
		p.none.Broadcast()
	}
}

// close refuses new transactions and waits for the running ones. It reports whether it was the first to do so.
func (p *pool) close() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.closed = true
	for p.running > 0 {
		p.none.Wait()
	}
	return true
}
