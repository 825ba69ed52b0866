package load

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"workcell/abi/envelope"
	"workcell/host/client"
)

// connection is one client: a sender, a receiver, and the places for its requests.
type connection struct {
	run     *run
	raw     *client.Raw
	places  int
	free    chan *place  // room for all places
	flight  chan *place  // room for all places; in the order of the requests
	give    func(*place) // back, after a reply that was no error; usually to free
	missing string       // the code of a place that does not come back
	leaving atomic.Bool
	ended   chan struct{} // closed by the receiver
}

func (r *run) newConnection(raw *client.Raw, places []*place) *connection {
	c := &connection{
		run: r, raw: raw, places: len(places), free: make(chan *place, len(places)), flight: make(chan *place, len(places)),
		missing: codeUnanswered, ended: make(chan struct{}),
	}
	c.give = func(p *place) { c.free <- p }
	for _, p := range places {
		c.free <- p
	}
	return c
}

// send sends requests until the run is over, or the connection, and waits for the replies.
func (c *connection) send() {
	prefix := uuid.NewString()[:24] // a message id of 36 bytes, as clients send
	for n := 0; c.run.config.Requests == 0 || n < c.run.config.Requests; n++ {
		p := c.takePlace()
		if p == nil {
			break
		}
		message, err := p.next(fmt.Sprintf("%s%012x", prefix, n))
		if err != nil {
			panic(fmt.Sprintf("load: encode a request of our own: %v", err))
		}
		p.sent = time.Now()
		c.flight <- p
		if c.raw.SendBytes(c.run.life, client.Binary, message) != nil {
			break // the receiver learns why
		}
	}
	c.drain()
	c.leave()
}

// takePlace waits for a free place. It returns nil when there is nothing more to send.
func (c *connection) takePlace() *place {
	if c.run.over.Err() != nil {
		return nil
	}
	select {
	case p := <-c.free:
		return p
	case <-c.run.over.Done():
	case <-c.ended:
	}
	return nil
}

// drain waits for the places that are under way, as long as patience lasts, and counts those that do not come back.
func (c *connection) drain() {
	patience := time.NewTimer(c.run.config.Patience)
	defer patience.Stop()
	for held := 0; held < c.places; held++ {
		select {
		case <-c.free:
			continue
		case <-c.ended:
		case <-patience.C:
		case <-c.run.broken.Done():
		}
		for range c.places - held - len(c.free) {
			c.run.tally.failed(c.missing)
		}
		return
	}
}

func (c *connection) leave() {
	c.leaving.Store(true)
	c.raw.Abort()
}

// receive reads until the connection ends.
func (c *connection) receive() {
	defer close(c.ended)
	var due *place
	for {
		message, err := c.raw.Receive(c.run.life)
		if err != nil {
			if !c.leaving.Load() {
				c.run.tally.failed(codeOf(err))
			}
			return
		}
		now := time.Now()
		h, err := envelope.Peek(message)
		if err != nil {
			c.run.tally.failed(codeUnexpected)
			continue
		}
		if due == nil {
			select {
			case due = <-c.flight:
			default:
			}
		}
		reply := due != nil && string(h.MessageID) == due.id
		c.run.tally.received(len(message), !reply)
		if reply {
			c.settle(due, h, now)
			due = nil
		}
	}
}

// settle counts the reply to the request of a place, and frees the place.
func (c *connection) settle(p *place, h envelope.Header, now time.Time) {
	code, measured := p.take(h), !p.sent.Before(c.run.from)
	switch {
	case code != "" && measured:
		c.run.tally.failed(code)
	case measured:
		c.run.tally.answered(p.sent, now)
	}
	if code != "" {
		c.free <- p
		return
	}
	c.give(p)
}

// codeOf is the code under which the end of a connection is counted, or a dial that failed.
func codeOf(err error) string {
	if closed, ok := errors.AsType[*client.CloseError](err); ok {
		return fmt.Sprintf("CLOSED_%d", closed.Code)
	}
	if refused, ok := errors.AsType[*client.RefusedError](err); ok {
		return fmt.Sprintf("%s_%d", codeRefused, refused.Status)
	}
	return codeLost
}

// idle keeps a connection that says nothing until the run is over.
func (c *connection) idle(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-c.ended:
	}
	c.leave()
}
