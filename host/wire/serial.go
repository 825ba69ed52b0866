package wire

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// serial is a connection with goroutines of its own, wherever sockets are not polled: one that reads, and one that
// writes while frames are queued.
type serial struct {
	nc      net.Conn  // guarded by mu of the Conn; nil until the upgrade is answered
	changed sync.Cond // with that mu: the queue shrank, the writer ended, or the state changed
	writing bool      // the write goroutine owns the sending side of nc; guarded by mu
	write   func()    // Conn.write, made once: a go statement would make it each time
}

// startSerial makes c, which is new, a connection with goroutines of its own.
func (c *Conn) startSerial() {
	b := c.rouse()
	b.blocked = &serial{write: c.write}
	b.blocked.changed.L = &c.mu
}

// isSerial is for a connection whose upgrade is not answered yet.
func (c *Conn) isSerial() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.busy.blocked != nil
}

// open gives the connection its socket, after the upgrade was answered; what was queued before leaves now.
func (c *Conn) open(nc net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy.unanswered = false
	c.busy.blocked.nc = nc
	switch c.state {
	case opened:
		nc.SetDeadline(time.Time{})
	case ending:
		nc.SetDeadline(c.busy.deadline)
	case dropped:
		closeUnder(nc)
	}
	c.wakeWriter()
}

// run reads the client's frames until the connection ends. first is what arrived along with the upgrade, and may be the
// front of buf.
func (c *Conn) run(buf, first []byte) {
	b := c.busy // a serial connection is never at rest
	defer b.frames.release()
	for data := first; ; {
		for len(data) > 0 {
			rest, ev, bad := b.frames.next(data)
			data = rest
			switch {
			case bad != nil:
				c.fail(bad)
				return
			case ev.kind == closing:
				c.peerClosed(ev.payload)
				return
			}
			c.reactInTurn(ev)
			if ev.kind == binaryMessage || ev.kind == textMessage {
				b.frames.release()
				b.began = time.Time{}
			}
		}
		c.setMessageDeadline()
		n, err := b.blocked.nc.Read(buf)
		data = buf[:n]
		if n > 0 {
			c.hear()
		} else if err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				err = errSlowSender
			}
			c.lose(err)
			return
		}
	}
}

// setMessageDeadline gives the next read the time that the message in progress has left.
func (c *Conn) setMessageDeadline() {
	b := c.busy
	c.mu.Lock()
	defer c.mu.Unlock()
	switch midway := b.frames.midway(); {
	case c.state != opened:
	case midway && b.began.IsZero():
		b.began = time.Now()
		b.blocked.nc.SetReadDeadline(b.began.Add(c.srv.cfg.MessageTimeout))
	case !midway:
		b.began = time.Time{}
		b.blocked.nc.SetReadDeadline(time.Time{})
	}
}

// reactInTurn is react when the client has read enough, and the gate lets it in.
func (c *Conn) reactInTurn(ev event) {
	switch ev.kind {
	case ping:
		c.await(func() bool { return true })
		c.react(ev)
	case binaryMessage, textMessage:
		var inside bool
		var next *Conn
		c.await(func() bool {
			inside, next = c.srv.gate.enter(c)
			return inside
		})
		if inside {
			next.call()
			c.react(ev)
			c.srv.gate.leave().call()
		} else {
			c.srv.gate.forget(c).call()
		}
	}
}

// await blocks until the connection is not paused and ready says so, or until it is not open any more.
func (c *Conn) await(ready func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.state == opened && !c.is(draining) && (c.paused() || !ready()) {
		c.busy.blocked.changed.Wait() // woken by the writer, end, cutSlow, dropLocked, drain and the gate
	}
}

// settle waits until the write goroutine has ended, so that the socket is ours alone. It returns why the connection
// ended and whether its socket is still whole.
func (c *Conn) settle() (reason CloseReason, alive bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.busy.blocked.writing {
		c.busy.blocked.changed.Wait()
	}
	alive = c.state == ending
	c.state = dropped
	c.busy.queue.drop()
	return c.busy.reason, alive
}
