package guard

import (
	"fmt"

	circuit "github.com/rubyist/circuitbreaker"
)

// State of a Guard.
type State uint8

const (
	Closed State = iota
	Open
	HalfOpen
)

func (s State) String() string {
	switch s {
	case Closed:
		return "closed"
	case Open:
		return "open"
	case HalfOpen:
		return "half-open"
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Result of an admitted call.
type Result uint8

const (
	Neither Result = iota // says nothing about the store: cancelled by the caller, or the caller's or a guest's mistake
	Success               // the store did its part
	Failure               // the storage itself failed: I/O, damage, lock or other time-out
)

// Pass is the right to use the store once. The zero Pass is none; its Done does nothing.
type Pass struct {
	guard      *Guard
	generation uint64
}

// Done reports how the call ended. Call it once. It is ignored if the state of the Guard has changed since Admit.
func (p Pass) Done(result Result) {
	if p.guard == nil {
		return
	}
	g := p.guard
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.generation != g.generation {
		return
	}
	switch result {
	case Success:
		g.stats.Successes++
	case Failure:
		g.stats.Failures++
	}
	if g.state == HalfOpen {
		g.probed(result)
	} else {
		g.counted(result)
	}
	g.listen()
}

// counted handles a result of the closed state. Call with mu held.
func (g *Guard) counted(result Result) {
	switch result {
	case Success:
		g.counter.Success()
	case Failure:
		now := g.config.Now()
		if now.Sub(g.lastFailure) > g.config.FailureWindow {
			g.counter.ResetCounters()
		}
		g.lastFailure = now
		g.counter.Fail()
	}
}

// probed handles a result of the half-open state. Call with mu held.
func (g *Guard) probed(result Result) {
	g.probes--
	switch result {
	case Success:
		g.successes++
		if g.successes >= g.config.HalfOpenSuccesses {
			g.counter.Reset()
		}
	case Failure:
		g.counter.Trip()
	}
}

// listen turns what the library has announced into a change of state. Call with mu held, after each call to the library.
func (g *Guard) listen() {
	for {
		select {
		case e := <-g.events:
			switch e.Event {
			case circuit.BreakerTripped:
				g.openedAt = g.config.Now()
				g.stats.Opened++
				g.enter(Open)
			case circuit.BreakerReset:
				g.enter(Closed)
			}
		default:
			return
		}
	}
}

// enter changes the state and makes older passes void. Call with mu held.
func (g *Guard) enter(to State) {
	from := g.state
	g.state = to
	g.generation++
	g.probes, g.successes = 0, 0
	s := g.stats
	s.State = to
	g.config.Changed(from, to, s)
}
