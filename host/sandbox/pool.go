package sandbox

import (
	"context"
	"errors"
	"time"
)

// Pool runs the calls of one Module, a bounded number at once. Safe for concurrent use.
type Pool struct {
	module *Module
	slots  chan struct{}
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
	out := p.module.handle(c)
	if out.Status != OK {
		c.dropEffects()
	}
	return out
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
		if err := c.Cancel.Err(); !errors.Is(err, context.DeadlineExceeded) {
			return Outcome{Status: Canceled, Err: err}, false
		}
	case <-timer.C:
	}
	return Outcome{Status: TimedOut, Reason: ReasonQueue, Err: context.DeadlineExceeded}, false
}
