package wire

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// batchFrames is how many frames one system call may carry.
const batchFrames = 64

// lastWords is how long the close frame of a cut connection may take. Its socket was full a moment ago: either there is
// room now, or the frame is given up.
const lastWords = 20 * time.Millisecond

var batches = sync.Pool{New: func() any { return new([batchFrames][]byte) }}

// startWriter starts the write goroutine of a serial connection if there is work and none runs. It ends by itself when
// the queue is empty or the connection is dropped, and every write has a deadline; settle waits for it. Call with mu
// held.
func (c *Conn) startWriter() {
	b := c.busy
	if b.blocked.writing || b.blocked.nc == nil || c.state == dropped || (b.queue.bytes == 0 && c.state != cut) {
		return
	}
	b.blocked.writing = true
	go b.blocked.write()
}

// write moves frames from the queue to the socket. A write that is not done by its deadline comes back and says how
// much was accepted; that is how the writer, and only the writer, learns that the socket is stalled.
func (c *Conn) write() {
	batch := batches.Get().(*[batchFrames][]byte)
	c.mu.Lock()
	b := c.busy
	b.moved = time.Now()
	for b.queue.bytes > 0 && (c.state == opened || c.state == ending) {
		frames := b.queue.batch(batch[:0])
		b.blocked.nc.SetWriteDeadline(c.writeDeadline())
		c.mu.Unlock()
		n, err := writeFrames(b.blocked.nc, frames)
		c.mu.Lock()
		c.wrote(n, err, time.Now())
	}
	if c.state == cut {
		c.sayLastWords()
	}
	b.blocked.writing = false
	c.changed()
	c.mu.Unlock()
	clear(batch[:])
	batches.Put(batch)
}

// writeDeadline ends one write, early enough to notice a stalled socket in time. Call with mu held.
func (c *Conn) writeDeadline() time.Time {
	if c.state == ending {
		return c.busy.deadline
	}
	return time.Now().Add(max(c.srv.cfg.StallTimeout/4, time.Millisecond))
}

// wrote accounts for one write that ended now. Call with mu held.
func (c *Conn) wrote(n int, err error, now time.Time) {
	if n > 0 && c.state != dropped {
		c.busy.queue.accepted(n)
		c.busy.moved = now
		c.changed()
	}
	switch {
	case err == nil || c.state == cut || c.state == dropped:
	case !errors.Is(err, os.ErrDeadlineExceeded):
		c.dropLocked(lost(err))
	case c.state == ending && !now.Before(c.busy.deadline):
		c.dropLocked(c.busy.reason)
	case c.stalled(now):
		c.cutSlow()
	}
}

// stalled reports whether the client has a full queue and has not read for too long. Call with mu held.
func (c *Conn) stalled(now time.Time) bool {
	b, cfg := c.busy, &c.srv.cfg
	return c.state == opened && b.queue.messages >= cfg.SendQueue && now.Sub(b.moved) >= cfg.StallTimeout
}

// sayLastWords tries to tell a cut client why, and closes the socket. Call with mu held.
func (c *Conn) sayLastWords() {
	nc := c.busy.blocked.nc
	words := net.Buffers{c.busy.queue.begun(), closeFrame(CloseTryLater, slowText)}
	c.busy.queue.drop()
	nc.SetWriteDeadline(time.Now().Add(lastWords))
	c.mu.Unlock()
	words.WriteTo(nc) // if it fails, the client learns it from the dropped socket
	c.mu.Lock()
	c.dropLocked(c.busy.reason)
}

func writeFrames(nc net.Conn, frames [][]byte) (int, error) {
	if len(frames) == 1 {
		return nc.Write(frames[0])
	}
	buffers := net.Buffers(frames)
	n, err := buffers.WriteTo(nc)
	return int(n), err
}
