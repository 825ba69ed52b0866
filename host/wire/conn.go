package wire

import (
	"errors"
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// ErrClosed is returned by Send on a connection that is closing or closed. The frame was not queued.
var ErrClosed = errors.New("connection is closed")

// ErrSlow is returned by Send on a connection that was cut because its client does not read. Its frames are lost.
var ErrSlow = errors.New("connection cut: slow consumer")

// errSlowSender ends a connection whose client takes too long to send what it has begun.
var errSlowSender = errors.New("the client did not finish in time what it had begun to send")

// slowText is the reason in the close frame of a cut connection.
const slowText = "slow consumer"

// Conn is the sending side of one client's connection. Its Session gets everything else. Safe for concurrent use.
//
// There are tens of thousands of them, mostly at rest. Its size is therefore a promise, held by a test.
type Conn struct {
	srv     *Server
	session Session // fixed before the first message
	mu      sync.Mutex
	busy    *busy  // guarded by mu, as are all below; nil at rest
	fd      int32  // the socket, while the poller has it; -1 otherwise
	heard   uint16 // when the client last sent something: the heartbeat's count of seconds
	state   state
	flags   flags
}

type state uint8

const (
	greeting  state = iota // the first bytes are awaited
	opened                 // frames may be queued
	ending                 // what is queued may still leave, until deadline
	cut                    // the client is too slow: it is told so if its socket takes it, and dropped
	dropped                // the socket is closed, or will not be used
	lingering              // the session is gone; the client may still be sending, until deadline
)

type flags uint8

const (
	slow     flags = 1 << iota // the cause of the end was cutSlow
	draining                   // no more messages for the session
	readDone                   // nothing more that the client sends matters

	// Of a polled connection.
	queued   // it waits for a worker
	running  // a worker reads for it
	readable // the socket may have bytes
	hungup   // the client has ended its side: read on until the end is seen
	held     // the gate will call
)

func (c *Conn) is(f flags) bool { return c.flags&f != 0 }

// Send queues f behind everything that was queued before, and returns at once. It retains f, which costs a reference.
// Frames may be sent from the moment the Acceptor sees the Conn; they leave after the answer to the upgrade.
//
// A client that reads too slowly is cut: at once if more than SendBytes were queued before f; or a little later, when
// SendQueue messages wait and the socket has accepted nothing for StallTimeout. The client gets close 1013 if its socket
// still takes it, and from then on Send returns ErrSlow. On a connection that ended in another way it returns ErrClosed.
func (c *Conn) Send(f Frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.maySend(); err != nil || len(f.wire) == 0 {
		return err
	}
	c.rouse().queue.push(f.wire)
	c.wakeWriter()
	return nil
}

// SendCopy is Send for a message that only this client gets: it borrows payload until return, and costs no allocation.
func (c *Conn) SendCopy(payload []byte) error { return c.sendCopy(ws.OpBinary, payload, true) }

// Reply is SendCopy from within Session.Message. It may wait a moment for the replies to the messages behind it, to leave
// with them in one write.
func (c *Conn) Reply(payload []byte) error { return c.sendCopy(ws.OpBinary, payload, false) }

// ReplyText is Reply with a text message; payload must be UTF-8.
func (c *Conn) ReplyText(payload []byte) error { return c.sendCopy(ws.OpText, payload, false) }

func (c *Conn) sendCopy(op ws.OpCode, payload []byte, now bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.maySend(); err != nil {
		return err
	}
	c.rouse().queue.add(op, payload)
	if now || !c.is(running) { // or else the worker sends it
		c.wakeWriter()
	}
	return nil
}

// Close ends the connection: what is queued leaves, then a close frame, then the client has time to answer it; all this
// within FlushTimeout, else the socket is dropped. It returns at once. The session gets no more messages, and learns of
// the end through Closed. A reason has at most 123 bytes, the rest is cut off. On a connection that is closing it does
// nothing.
func (c *Conn) Close(code CloseCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(CloseReason{Code: code, Text: reason}, closeFrame(code, reason))
}

// maySend cuts a client that has too much to read already. Call with mu held.
func (c *Conn) maySend() error {
	switch {
	case c.is(slow):
		return ErrSlow
	case c.state != opened:
		return ErrClosed
	case c.busy != nil && c.busy.queue.bytes > c.srv.cfg.SendBytes:
		c.cutSlow()
		return ErrSlow
	}
	return nil
}

// wakeWriter sees to it that what is queued leaves. Call with mu held.
func (c *Conn) wakeWriter() {
	switch b := c.rouse(); {
	case b.unanswered:
	case b.blocked != nil:
		c.startWriter()
	default:
		c.schedule()
	}
}

// changed tells who waits that something did. Call with mu held.
func (c *Conn) changed() {
	if c.busy != nil && c.busy.blocked != nil {
		c.busy.blocked.changed.Broadcast()
	}
}

// end lets the queue and then frame leave, and nothing after it. A nil frame ends the connection without a word. Call
// with mu held.
func (c *Conn) end(reason CloseReason, frame []byte) {
	if c.state != opened {
		return
	}
	b := c.rouse()
	c.state, b.reason, b.deadline = ending, reason, time.Now().Add(c.srv.cfg.FlushTimeout)
	b.queue.push(frame)
	if b.blocked != nil && b.blocked.nc != nil {
		b.blocked.nc.SetReadDeadline(b.deadline)
		b.blocked.nc.SetWriteDeadline(b.deadline)
	}
	c.wakeWriter()
	c.changed()
}

// cutSlow gives up on a client that does not read. Call with mu held, in state opened.
func (c *Conn) cutSlow() {
	b := c.rouse()
	c.state, b.reason = cut, CloseReason{Code: CloseTryLater, Text: slowText}
	c.flags |= slow
	if b.blocked != nil && b.blocked.nc != nil {
		b.blocked.nc.SetWriteDeadline(longAgo) // wakes the writer, which says the last words
	}
	c.wakeWriter()
	c.changed()
}

// drop closes the socket at once. Safe in every state.
func (c *Conn) drop(reason CloseReason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropLocked(reason)
}

func (c *Conn) dropLocked(reason CloseReason) {
	b := c.rouse()
	if c.state == opened {
		b.reason = reason
	}
	c.state = dropped
	b.queue.drop()
	switch {
	case b.blocked != nil:
		if b.blocked.nc != nil {
			closeUnder(b.blocked.nc)
		}
	case c.fd >= 0:
		c.cutOff()
		c.schedule()
	}
	c.changed()
}

// lost returns the reason for a connection that the transport ended.
func lost(err error) CloseReason {
	return CloseReason{Code: CloseAbnormal, Err: err}
}

// longAgo is a deadline that ends a blocked read or write at once.
var longAgo = time.Unix(1, 0)
