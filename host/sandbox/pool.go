package sandbox

import (
	"sync"
	"time"
)

// Pool runs the calls of one Module, a bounded number at once, each on a pristine instance. Instances are made when they
// are first needed, and reset after each call. Safe for concurrent use.
type Pool struct {
	module *Module
	slots  chan struct{}

	mu   sync.Mutex
	idle []*instance // reset, guarded by mu
}

// NewPool returns a Pool that runs at most size calls of m at once.
func NewPool(m *Module, size int) *Pool {
	return &Pool{module: m, slots: make(chan struct{}, max(size, 1))}
}

// Module returns the module whose calls the Pool runs.
func (p *Pool) Module() *Module { return p.module }

// Run runs c on a pristine instance and returns how it ended. It waits for a free instance, at most until c.Until. The
// run itself may take at most execution.
func (p *Pool) Run(c *Call, execution time.Duration) Outcome {
	if out, ok := p.acquire(c); !ok {
		return out
	}
	defer func() { <-p.slots }()
	deadline := c.Until
	if limit := time.Now().Add(execution); limit.Before(deadline) {
		c.Until = limit
		defer func() { c.Until = deadline }()
	}
	c.Limits = c.Limits.WithDefaults()
	i, err := p.take()
	if err != nil {
		return Outcome{Status: Failed, Err: &HostFailure{Err: err}}
	}
	out := p.module.handleMessage(i, c)
	if out.Status != OK {
		c.dropEffects()
	}
	p.put(i, out)
	return out
}

// take returns an instance that is as its image.
func (p *Pool) take() (*instance, error) {
	p.mu.Lock()
	if last := len(p.idle) - 1; last >= 0 {
		i := p.idle[last]
		p.idle = p.idle[:last]
		p.mu.Unlock()
		return i, nil
	}
	p.mu.Unlock()
	return p.module.clone()
}

// put resets an instance for the next call, or discards it: one that overflowed its stack keeps that stack.
func (p *Pool) put(i *instance, out Outcome) {
	if out.Reason == ReasonStackOverflow || i.reset(p.module.image) != nil {
		i.close()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, i)
}

// acquire takes a slot. If it does not get one it returns the outcome of the call.
func (p *Pool) acquire(c *Call) (Outcome, bool) {
	select {
	case p.slots <- struct{}{}:
		return Outcome{}, true
	default:
	}
	var gone <-chan struct{}
	if c.Cancel != nil {
		gone = c.Cancel.Done()
	}
	timer := time.NewTimer(time.Until(c.Until))
	defer timer.Stop()
	select {
	case p.slots <- struct{}{}:
		return Outcome{}, true
	case <-gone:
		out, _ := c.canceled(ReasonQueue)
		return out, false
	case <-timer.C:
		return Outcome{Status: TimedOut, Reason: ReasonQueue, Err: errDeadline}, false
	}
}
