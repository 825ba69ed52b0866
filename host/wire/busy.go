package wire

import (
	"sync"
	"time"
)

// busy is what a connection needs only while it is doing something. A connection at rest, which owes nothing and is owed
// nothing, has none. Guarded by the mu of its Conn, but for what only the goroutine that reads touches.
type busy struct {
	queue      queue
	unanswered bool          // the upgrade is: nothing leaves yet
	reason     CloseReason   // set when the state leaves opened
	deadline   time.Time     // of the upgrade, of closing, or of lingering
	moved      time.Time     // since when frames wait and the socket has accepted nothing
	handling   bool          // the session is in Message
	handled    chan struct{} // made by drain, closed when the session has left Message
	linger     bool          // the client may still be sending when we are done

	// For the reader alone.
	frames    assembler
	began     time.Time // when the message began whose end has not arrived; zero: there is none
	rest      []byte    // bytes that were read and not handled yet, in a pooled buffer
	discarded int       // bytes, after the end

	gated   bool    // waits at the gate; guarded by its mu
	blocked *serial // of a connection with goroutines of its own
	tls     *secret // of a polled connection with TLS
	watched bool    // its deadlines are, by the poller
}

var busies = sync.Pool{New: func() any { return new(busy) }}

// rouse returns what c needs to do something. Call with mu held.
func (c *Conn) rouse() *busy {
	if c.busy == nil {
		c.busy = busies.Get().(*busy)
		c.busy.frames.maxBytes = c.srv.cfg.MaxMessageBytes
		c.busy.tls = c.secret()
		if c.session != nil {
			_, c.busy.frames.keepText = c.session.(TextSession)
		}
	}
	return c.busy
}

// rest gives back what c does not need at rest. Call with mu held; the queue is empty.
func (c *Conn) rest() {
	b := c.busy
	c.busy = nil
	segments := b.queue.segments
	*b = busy{queue: queue{segments: segments[:0]}}
	busies.Put(b)
}
