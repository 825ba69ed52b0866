// Package guard is the breaker round the store: after some failures in a row it refuses calls at once, for a while, so
// that a sick disk is not queued upon, and then lets a few probes through.
//
// # States
//
//	Closed    calls pass. FailureThreshold failures, each at most FailureWindow after the one before and with no success
//	          in between, open the breaker.
//	Open      calls are refused with the seconds left. After OpenDuration it is half-open, with or without traffic.
//	HalfOpen  at most HalfOpenSuccesses calls are in flight, the others are refused. As many successes close the breaker,
//	          one failure opens it again for another OpenDuration.
//
// Only failures of the storage itself count: what the caller or a guest did wrong is neither success nor failure.
//
// # What the library does here
//
// rubyist/circuitbreaker counts consecutive failures, decides by our trip function (>=; its own compare with ==, and miss
// a threshold that was passed) and announces Tripped and Reset as events; this package turns them into its states. The
// rest of its state machine is not used: its clock is the wall clock, its Ready leaves a breaker open for ever if a probe
// is never answered and admits a new one each time one starts, a Success that began before the breaker opened closes it,
// and its Call with a timeout leaves goroutines behind. The back-off it insists on is constant. All its calls are made
// with Guard.mu held, so its listener channel never fills.
//
// Each Pass carries the generation in which it was given; a change of state starts a new one, and results of older passes
// are ignored.
//
// # Retry
//
// What failed for a moment may be tried again, with growing waits: see Retry. It belongs inside an admitted call, so that
// the breaker hears of the outcome once.
package guard

import (
	"fmt"
	"sync"
	"time"

	circuit "github.com/rubyist/circuitbreaker"
)

// Config of New. Zero values mean the defaults.
type Config struct {
	FailureThreshold  int           // default 5
	FailureWindow     time.Duration // default 60 s
	OpenDuration      time.Duration // default 30 s
	HalfOpenSuccesses int           // default 3; also the most probes in flight

	// Now is the clock; times must carry a monotonic reading, as those of time.Now do. Default: time.Now.
	Now func() time.Time

	// Changed is told of each change of state, in order, by the goroutine that caused it, with the Guard locked: it must
	// be quick and must not call the Guard. That an open breaker became half-open is told when the first probe is admitted.
	// The Stats are those with which the new state begins.
	Changed func(from, to State, s Stats)
}

func (c Config) withDefaults() Config {
	if c.FailureThreshold <= 0 {
		c.FailureThreshold = 5
	}
	if c.FailureWindow <= 0 {
		c.FailureWindow = 60 * time.Second
	}
	if c.OpenDuration <= 0 {
		c.OpenDuration = 30 * time.Second
	}
	if c.HalfOpenSuccesses <= 0 {
		c.HalfOpenSuccesses = 3
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Changed == nil {
		c.Changed = func(State, State, Stats) {}
	}
	return c
}

// Guard is a breaker. Safe for concurrent use.
type Guard struct {
	config Config

	mu          sync.Mutex
	counter     *circuit.Breaker           // guarded by mu
	events      chan circuit.ListenerEvent // of counter; read with mu held, after each call
	state       State                      // guarded by mu; Open may be due to become HalfOpen
	generation  uint64                     // guarded by mu; counts changes of state
	openedAt    time.Time                  // guarded by mu
	lastFailure time.Time                  // guarded by mu; of the failures counted while closed
	probes      int                        // in flight; guarded by mu
	successes   int                        // of probes; guarded by mu
	stats       Stats                      // without the state; guarded by mu
}

// Stats are the numbers of a Guard for dashboards, counted since New. A result that came too late is in none of them, nor
// is one that says nothing about the store.
type Stats struct {
	State     State  // as Guard.State
	Opened    uint64 // how often it has opened, re-opening by a failed probe included
	Refused   uint64
	Failures  uint64
	Successes uint64
}

// New returns a closed Guard.
func New(config Config) *Guard {
	g := &Guard{config: config.withDefaults()}
	threshold := int64(g.config.FailureThreshold)
	g.counter = circuit.NewBreakerWithOptions(&circuit.Options{
		BackOff:    constant(g.config.OpenDuration),
		ShouldTrip: func(b *circuit.Breaker) bool { return b.ConsecFailures() >= threshold },
	})
	g.events = make(chan circuit.ListenerEvent, 8) // a call announces at most two
	g.counter.AddListener(g.events)
	return g
}

// constant is a back-off that never grows.
type constant time.Duration

func (c constant) NextBackOff() time.Duration { return time.Duration(c) }
func (c constant) Reset()                     {}

// OpenError refuses a call.
type OpenError struct {
	RetryAfterSeconds int // at least 1
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("storage is resting after failures, retry in %d s", e.RetryAfterSeconds)
}

// Admit lets a call through to the store, or returns an *OpenError. Done must be called on the Pass, once, whatever
// happens: a probe that is never answered takes a place of the half-open gate until the state changes.
func (g *Guard) Admit() (Pass, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.state == Closed {
		return Pass{guard: g, generation: g.generation}, nil
	}
	if left := g.left(g.config.Now()); left > 0 {
		return g.refuse(ceilSeconds(left))
	}
	if g.state == Open {
		g.enter(HalfOpen)
	}
	if g.probes >= g.config.HalfOpenSuccesses {
		return g.refuse(1)
	}
	g.probes++
	return Pass{guard: g, generation: g.generation}, nil
}

// refuse counts a refusal. Call with mu held.
func (g *Guard) refuse(seconds int) (Pass, error) {
	g.stats.Refused++
	return Pass{}, &OpenError{RetryAfterSeconds: seconds}
}

// State returns the state of the moment: HalfOpen as soon as the open time is over, even without traffic.
func (g *Guard) State() State { return g.Stats().State }

// Opened returns Stats.Opened.
func (g *Guard) Opened() uint64 { return g.Stats().Opened }

// Stats returns the numbers of the moment.
func (g *Guard) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.stats
	s.State = g.state
	if g.state == Open && g.left(g.config.Now()) <= 0 {
		s.State = HalfOpen
	}
	return s
}

// left returns how long the open state still lasts; 0 or less if it is over. Call with mu held.
func (g *Guard) left(now time.Time) time.Duration {
	if g.state != Open {
		return 0
	}
	return g.config.OpenDuration - now.Sub(g.openedAt)
}

func ceilSeconds(d time.Duration) int {
	return max(1, int((d+time.Second-1)/time.Second))
}
