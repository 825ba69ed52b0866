package dispatch

import (
	"sync"
	"time"
)

// clock gives calls their time, in Unix milliseconds. It never goes back, restarts included: the store remembers the time
// of the last commit.
//
// A write gets the present. A read gets the time of the oldest write that is not applied yet, if there is one: what that
// write will store is not before the time the read reports, so a client that asks again "since" that time misses nothing.
type clock struct {
	wall func() time.Time

	mu      sync.Mutex
	last    int64
	running []stamp // writes in the order of their times; a finished one stays until it is the first
	first   uint64  // number of running[0]
}

type stamp struct {
	ms   int64
	done bool
}

// newClock returns a clock that does not show a time before floor.
func newClock(floor int64) *clock { return &clock{wall: time.Now, last: floor} }

// read returns the time for a call that only reads.
func (c *clock) read() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.running) > 0 {
		return c.running[0].ms
	}
	return c.tick()
}

// begin returns the time for a call that may write, and a ticket for finish.
func (c *clock) begin() (ms int64, ticket uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ms = c.tick()
	c.running = append(c.running, stamp{ms: ms})
	return ms, c.first + uint64(len(c.running)) - 1
}

// finish says that the call's writes are applied, or never will be.
func (c *clock) finish(ticket uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running[ticket-c.first].done = true
	done := 0
	for done < len(c.running) && c.running[done].done {
		done++
	}
	c.first += uint64(done)
	c.running = c.running[:copy(c.running, c.running[done:])]
}

// tick is called with mu held.
func (c *clock) tick() int64 {
	c.last = max(c.last, c.wall().UnixMilli())
	return c.last
}
