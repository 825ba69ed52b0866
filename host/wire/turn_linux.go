//go:build amd64 || arm64

package wire

import (
	"io"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// readsPerTurn is how often a worker reads from one connection before others get their turn.
	readsPerTurn = 8
	// replyDelay is how long a reply may wait for the replies to the messages behind it.
	replyDelay = 500 * time.Microsecond
)

// serve gives c a turn: what can be read is read and handled, what can be written is written, and what is over is ended.
// While one worker is at it, others only write.
func serve(w *worker, c *Conn) {
	c.mu.Lock()
	closed := w.turn(c)
	c.mu.Unlock()
	if closed {
		c.srv.leave()
	}
}

// turn is serve. Call with mu held, which it gives up in between. It reports whether c is closed now.
func (w *worker) turn(c *Conn) (closed bool) {
	c.flags &^= queued
	c.flush()
	if c.is(running) || c.fd < 0 {
		return false
	}
	c.flags |= running
	if c.wantsInput() {
		w.listen(c)
	}
	c.flush()
	if c.over() {
		closed = w.finish(c)
	}
	c.flags &^= running
	switch {
	case closed:
	case c.wantsInput() || c.over():
		c.schedule()
	default:
		c.settleDown()
	}
	return closed
}

// owes reports whether something waits to be written. Call with mu held.
func (c *Conn) owes() bool {
	b := c.busy
	return b != nil && !b.unanswered && (c.state == cut || b.queue.bytes > 0 || (b.tls != nil && b.tls.sock.pending() > 0))
}

// wantsInput reports whether there is something to read that may be read now. Call with mu held.
func (c *Conn) wantsInput() bool {
	switch c.state {
	case cut, dropped:
		return false
	case greeting, lingering:
		return c.is(readable) && !c.is(readDone)
	}
	return !c.is(readDone|held) && (c.is(readable) || (c.busy != nil && len(c.busy.rest) > 0)) && !c.paused()
}

// over reports whether the worker can end c, or go on to its next stage. Call with mu held.
func (c *Conn) over() bool {
	switch c.state {
	case dropped:
		return c.fd >= 0
	case ending:
		return c.is(readDone) && !c.owes()
	case lingering:
		return c.is(readDone)
	}
	return false
}

// listen reads from c for a while, if the gate lets it. Call with mu held, which it gives up in between.
func (w *worker) listen(c *Conn) {
	c.rouse()
	inside := c.state == opened
	if inside {
		var next *Conn
		if inside, next = c.srv.gate.enter(c); !inside {
			c.flags |= held
			return
		}
		if next != nil {
			c.mu.Unlock()
			next.call()
			c.mu.Lock()
		}
	}
	for left := readsPerTurn; left > 0 && c.wantsInput(); left-- {
		if c.state == opened && !inside {
			break // a new WebSocket: it may have messages in its next turn
		}
		w.step(c)
	}
	if inside {
		c.mu.Unlock()
		c.srv.gate.leave().call()
		c.mu.Lock()
	}
}

// step reads once, or goes on with what was read. Call with mu held, which it gives up in between.
func (w *worker) step(c *Conn) {
	b, state := c.busy, c.state
	reads := state == greeting || state == lingering || len(b.rest) == 0
	if reads {
		c.flags &^= readable
	}
	c.mu.Unlock()
	var again bool
	switch {
	case state == greeting:
		again = w.greet(c)
	case state == lingering:
		again = w.discard(c)
	case reads:
		data, more := w.read(c, w.buf)
		again = more
		if rest := w.feed(c, data); len(rest) > 0 {
			b.rest = append(newBuffer(len(rest), len(rest)), rest...)
		}
	default:
		b.rest = append(b.rest[:0], w.feed(c, b.rest)...)
		if len(b.rest) == 0 {
			releaseBuffer(b.rest)
			b.rest = nil
		}
	}
	c.mu.Lock()
	if again || (reads && c.is(hungup)) {
		c.flags |= readable
	}
	if reads {
		c.heard = c.srv.now()
	}
}

// read reads once into buf. more reports whether the socket may have more.
func (w *worker) read(c *Conn, buf []byte) (data []byte, more bool) {
	n, err := c.readSocket(buf)
	switch {
	case n > 0:
		return buf[:n], n == len(buf) || c.busy.tls != nil
	case err == unix.EAGAIN:
		return nil, false
	case err == nil:
		err = io.EOF
	}
	c.lose(err)
	return nil, false
}

func (c *Conn) readSocket(buf []byte) (int, error) {
	if t := c.busy.tls; t != nil {
		return t.read(buf)
	}
	for {
		if n, err := unix.Read(int(c.fd), buf); err != unix.EINTR {
			return n, err
		}
	}
}

// feed handles the messages in data. It returns what must wait.
func (w *worker) feed(c *Conn, data []byte) (rest []byte) {
	b := c.busy
	began := time.Now()
	for len(data) > 0 {
		if !c.mayGoOn(len(data) > 0 && time.Since(began) > replyDelay) {
			return data
		}
		var ev event
		var bad *violation
		data, ev, bad = b.frames.next(data)
		switch {
		case bad != nil:
			c.fail(bad)
			return nil
		case ev.kind == closing:
			c.peerClosed(ev.payload)
			return nil
		}
		c.react(ev)
		if ev.kind == binaryMessage || ev.kind == textMessage {
			b.frames.release()
			b.began = time.Time{}
		}
	}
	return nil
}

// mayGoOn reports whether the next message may be handled. Replies that have waited for it too long, or that stand in its
// way, are sent.
func (c *Conn) mayGoOn(late bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if late || c.paused() {
		c.flush()
	}
	return !c.paused()
}

// settleDown takes from c what it does not need, or has its deadlines watched. Call with mu held.
func (c *Conn) settleDown() {
	b, p := c.busy, c.srv.poll.Load()
	if b == nil {
		return
	}
	waits := c.is(held) || c.paused() // for us: the client's time stands still
	switch midway := b.frames.midway(); {
	case waits || !midway:
		b.began = time.Time{}
	case b.began.IsZero():
		b.began = time.Now()
	}
	if waits || c.state != opened || c.owes() || b.frames.midway() || len(b.rest) > 0 {
		p.watch(c)
		return
	}
	p.unwatch(c)
	c.rest()
}
