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

// wakeWriter starts the write goroutine if there is work and none runs. It ends by itself when the queue is empty or
// the connection is dropped, and every write has a deadline; finish waits for it. Call with mu held.
func (c *Conn) wakeWriter() {
	if c.writing || c.nc == nil || c.state == dropped || (c.queue.len() == 0 && c.state != cut) {
		return
	}
	c.writing = true
	go c.write()
}

// write moves frames from the queue to the socket. A write that is not done by its deadline comes back and says how
// much was accepted; that is how the writer, and only the writer, learns that the socket is stalled.
func (c *Conn) write() {
	batch := batches.Get().(*[batchFrames][]byte)
	moved := time.Now()
	c.mu.Lock()
	for c.queue.len() > 0 && (c.state == opened || c.state == ending) {
		frames := c.queue.batch(batch[:0])
		c.nc.SetWriteDeadline(c.writeDeadline())
		c.mu.Unlock()
		n, err := writeFrames(c.nc, frames)
		c.mu.Lock()
		now := time.Now()
		if n > 0 {
			moved = now
		}
		c.wrote(n, err, now, moved)
	}
	if c.state == cut {
		c.sayLastWords()
	}
	c.writing = false
	c.changed.Broadcast()
	c.mu.Unlock()
	clear(batch[:])
	batches.Put(batch)
}

// writeDeadline ends one write, early enough to notice a stalled socket in time. Call with mu held.
func (c *Conn) writeDeadline() time.Time {
	if c.state == ending {
		return c.deadline
	}
	return time.Now().Add(max(c.cfg.StallTimeout/4, time.Millisecond))
}

// wrote accounts for one write that ended now; moved is when the socket was last seen to accept something. Call with mu
// held.
func (c *Conn) wrote(n int, err error, now, moved time.Time) {
	if n > 0 && c.state != dropped {
		c.queue.accepted(n)
		c.changed.Broadcast()
	}
	switch {
	case err == nil || c.state == cut || c.state == dropped:
	case !errors.Is(err, os.ErrDeadlineExceeded):
		c.dropLocked(lost(err))
	case c.state == ending && !now.Before(c.deadline):
		c.dropLocked(c.reason)
	case c.state == opened && c.queue.len() >= c.cfg.SendQueue && now.Sub(moved) >= c.cfg.StallTimeout:
		c.cutSlow()
	}
}

// sayLastWords tries to tell a cut client why, and closes the socket. Call with mu held.
func (c *Conn) sayLastWords() {
	words := net.Buffers{c.queue.begun(), closeFrame(CloseTryLater, slowText)}
	c.queue.drop()
	c.nc.SetWriteDeadline(time.Now().Add(lastWords))
	c.mu.Unlock()
	words.WriteTo(c.nc) // if it fails, the client learns it from the dropped socket
	c.mu.Lock()
	c.dropLocked(c.reason)
}

func writeFrames(nc net.Conn, frames [][]byte) (int, error) {
	if len(frames) == 1 {
		return nc.Write(frames[0])
	}
	buffers := net.Buffers(frames)
	n, err := buffers.WriteTo(nc)
	return int(n), err
}
