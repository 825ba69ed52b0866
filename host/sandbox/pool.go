package sandbox

import (
	"errors"
	"maps"
	"sync"
	"time"
)

// Pool runs the calls of one Module, a bounded number at once, each on a pristine instance. Instances are made when they
// are first needed, and reset after each call. Safe for concurrent use.
type Pool struct {
	module *Module
	slots  chan struct{}

	mu    sync.Mutex
	idle  []*instance // reset, the last one used last; guarded by mu
	stats Stats       // guarded by mu
}

// Stats counts what a Pool did since it was made.
type Stats struct {
	Calls     uint64
	Clones    uint64            // instances made
	Discarded uint64            // instances that could not be reset
	Traps     map[Reason]uint64 // calls that the guest ended abnormally
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
	c.Limits = p.module.limit(c.Limits.WithDefaults())
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

// Stats returns the counts so far.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Traps = maps.Clone(s.Traps)
	return s
}

// Decay gives memory back that the calls of late did not need. It is for a job in the background: what is idle is out of
// use meanwhile, and calls that come get instances of their own.
func (p *Pool) Decay() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, i := range idle {
		p.keep(i, i.decay(p.module.image))
	}
}

// Close releases the instances. No call may run, or come after.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, i := range p.idle {
		i.close()
	}
	p.idle = nil
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
	p.stats.Clones++
	p.mu.Unlock()
	return p.module.clone()
}

// put resets an instance for the next call and counts what it did. One that overflowed its stack keeps that stack, so it
// goes.
func (p *Pool) put(i *instance, out Outcome) {
	err := i.reset(p.module.image)
	if out.Reason == ReasonStackOverflow {
		err = errStack
	}
	p.mu.Lock()
	p.stats.Calls++
	if out.Status == Trapped {
		if p.stats.Traps == nil {
			p.stats.Traps = map[Reason]uint64{}
		}
		p.stats.Traps[out.Reason]++
	}
	p.mu.Unlock()
	p.keep(i, err)
}

var errStack = errors.New("the instance holds an overflowed stack")

// keep makes an instance available that is as its image, or discards it: after an error, or if there are enough.
func (p *Pool) keep(i *instance, err error) {
	if !p.shelve(i, err) {
		i.close()
	}
}

func (p *Pool) shelve(i *instance, err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.stats.Discarded++
		return false
	}
	if len(p.idle) == cap(p.slots) {
		return false
	}
	p.idle = append(p.idle, i)
	return true
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
