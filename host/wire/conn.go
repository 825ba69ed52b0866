package wire

import (
	"errors"
	"net"
	"sync"
	"time"
)

// ErrClosed is returned by Send on a connection that is closing or closed. The frame was not queued.
var ErrClosed = errors.New("connection is closed")

// ErrSlow is returned by Send on a connection that was cut because its client does not read. Its frames are lost.
var ErrSlow = errors.New("connection cut: slow consumer")

// slowText is the reason in the close frame of a cut connection.
const slowText = "slow consumer"

// Conn is the sending side of one client's connection. Its Session gets everything else. Safe for concurrent use.
type Conn struct {
	cfg *Config

	mu      sync.Mutex
	changed sync.Cond // with mu: the queue shrank, the writer ended, or a field below changed

	// All guarded by mu, but nc is fixed from open on.
	nc       net.Conn // nil until the upgrade is answered
	state    state
	reason   CloseReason // set when state leaves opened
	slow     bool        // the cause was cutSlow
	deadline time.Time   // of closing
	queue    queue
	writing  bool          // a write goroutine owns the sending side of nc
	handling bool          // the session is in Message
	draining bool          // no more messages for the session
	handled  chan struct{} // made by drain, closed when the session has left Message
}

type state uint8

const (
	opened  state = iota // frames may be queued
	ending               // what is queued may still leave, until deadline
	cut                  // the client is too slow: the writer says so if it can, and closes
	dropped              // nc is closed, or will not be used
)

func newConn(cfg *Config) *Conn {
	c := &Conn{cfg: cfg}
	c.changed.L = &c.mu
	return c
}

// Send queues f behind everything that was queued before, and returns at once. It retains f, which costs a reference.
// Frames may be sent from the moment the Acceptor sees the Conn; they leave after the answer to the upgrade.
//
// A client that reads too slowly is cut: at once if more than SendBytes were queued before f; or a little later, when
// SendQueue messages wait and the socket has accepted nothing for StallTimeout. The client gets close 1013 if its socket
// still takes it, and from then on Send returns ErrSlow. On a connection that ended in another way it returns ErrClosed.
func (c *Conn) Send(f Frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.send(f.wire)
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

// send queues an encoded frame. Call with mu held.
func (c *Conn) send(frame []byte) error {
	switch {
	case c.slow:
		return ErrSlow
	case c.state != opened:
		return ErrClosed
	}
	if c.queue.bytes > c.cfg.SendBytes {
		c.cutSlow()
		return ErrSlow
	}
	c.queue.push(frame)
	c.wakeWriter()
	return nil
}

// end lets the queue and then frame leave, and nothing after it. A nil frame ends the connection without a word. Call
// with mu held.
func (c *Conn) end(reason CloseReason, frame []byte) {
	if c.state != opened {
		return
	}
	c.state, c.reason, c.deadline = ending, reason, time.Now().Add(c.cfg.FlushTimeout)
	c.queue.push(frame)
	if c.nc != nil {
		c.nc.SetReadDeadline(c.deadline)
		c.nc.SetWriteDeadline(c.deadline)
	}
	c.wakeWriter()
	c.changed.Broadcast()
}

// cutSlow gives up on a client that does not read. Call with mu held, in state opened.
func (c *Conn) cutSlow() {
	c.state, c.slow, c.reason = cut, true, CloseReason{Code: CloseTryLater, Text: slowText}
	if c.nc != nil {
		c.nc.SetWriteDeadline(longAgo) // wakes the writer, which says the last words
	}
	c.wakeWriter()
	c.changed.Broadcast()
}

// drop closes the socket at once. Safe in every state.
func (c *Conn) drop(reason CloseReason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropLocked(reason)
}

func (c *Conn) dropLocked(reason CloseReason) {
	if c.state == opened {
		c.reason = reason
	}
	c.state = dropped
	c.queue.drop()
	if c.nc != nil {
		c.nc.Close()
	}
	c.changed.Broadcast()
}

// open gives the connection its socket, after the upgrade was answered; what was queued before leaves now.
func (c *Conn) open(nc net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nc = nc
	switch c.state {
	case opened:
		nc.SetDeadline(time.Time{})
	case ending:
		nc.SetDeadline(c.deadline)
	case dropped:
		nc.Close()
	}
	c.wakeWriter()
}

// lost returns the reason for a connection that the transport ended.
func lost(err error) CloseReason {
	return CloseReason{Code: CloseAbnormal, Err: err}
}

// longAgo is a deadline that ends a blocked read or write at once.
var longAgo = time.Unix(1, 0)
