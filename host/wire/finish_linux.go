//go:build amd64 || arm64

package wire

import (
	"net"
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// finish ends a connection that is over, as far as it can now, and reports whether it is closed. Call with mu held, which
// it gives up in between.
func (w *worker) finish(c *Conn) (closed bool) {
	b, session, alive := c.busy, c.session, c.state == ending
	if session != nil {
		c.session = nil
		reason := b.reason
		c.mu.Unlock()
		c.srv.gate.forget(c).call()
		session.Closed(reason)
		c.srv.logger.Debug("connection closed", "remote", remoteAddr(c.fd), "reason", reason)
		c.srv.leavePlace(c, nil) // first, so that a client that sees the end finds a free place
		c.mu.Lock()
		if b.linger && alive && c.state == ending {
			c.linger()
			return false
		}
	}
	c.closeSocket()
	return true
}

// linger closes our half and lets the client finish what it is sending; see Server.linger. Call with mu held.
func (c *Conn) linger() {
	b := c.rouse()
	c.state, b.deadline = lingering, time.Now().Add(c.srv.cfg.FlushTimeout)
	c.flags = c.flags&^readDone | readable
	if b.tls != nil {
		b.tls.closeWrite()
	}
	if unix.Shutdown(int(c.fd), unix.SHUT_WR) != nil {
		c.flags |= readDone
	}
}

// discard reads what a lingering client sends, up to a bound.
func (w *worker) discard(c *Conn) (again bool) {
	n, err := unix.Read(int(c.fd), w.buf)
	c.busy.discarded += max(n, 0)
	if (n <= 0 && err != unix.EAGAIN && err != unix.EINTR) || c.busy.discarded > lingerBytes {
		c.mu.Lock()
		c.flags |= readDone
		c.mu.Unlock()
	}
	return n == len(w.buf) || err == unix.EINTR
}

// closeSocket ends what the poller has to do with c. Call with mu held.
func (c *Conn) closeSocket() {
	b := c.rouse()
	if b.tls != nil && c.state != lingering {
		b.tls.closeWrite()
	}
	c.state = dropped
	c.detach()
	unix.Close(int(c.fd))
	c.fd = -1
	b.frames.release()
	releaseBuffer(b.rest)
	b.queue.drop()
	c.rest()
}

// detach takes c out of the poller's sight. Call with mu held.
func (c *Conn) detach() {
	p := c.srv.poll.Load()
	p.unwatch(c)
	p.table.set(c.fd, nil)
	if c.busy.tls != nil {
		p.secrets.set(c.fd, nil)
	}
}

// greet reads the start of a new connection and passes it to where it belongs.
func (w *worker) greet(c *Conn) (again bool) {
	s, b := c.srv, c.busy
	have := copy(w.buf, b.rest)
	data, again := w.read(c, w.buf[have:])
	if len(data) == 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.is(readDone) {
			c.dropLocked(CloseReason{})
		}
		return again
	}
	to, end, err := classify(w.buf[:have+len(data)], have, s.cfg.MaxHeaderBytes)
	switch {
	case err != nil:
		w.refuse(c, &answer{status: http.StatusRequestHeaderFieldsTooLarge})
	case to == toHTTP:
		w.handOver(c, w.buf[:have+len(data)])
		return false
	case end == 0:
		b.rest = append(grow(b.rest, len(data), s.cfg.MaxHeaderBytes), data...)
	default:
		rest := w.buf[end : have+len(data)]
		key, no := s.admitHeader(c, w.buf[:end], remoteAddr(c.fd))
		releaseBuffer(b.rest)
		b.rest = nil
		if no != nil {
			w.refuse(c, no)
			return again
		}
		w.open(c, key, rest)
	}
	return again
}

// open answers the upgrade of a connection that was accepted. rest is what came along.
func (w *worker) open(c *Conn, key string, rest []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.busy
	b.unanswered = false
	if len(rest) > 0 {
		b.rest = append(newBuffer(len(rest), len(rest)), rest...)
	}
	if answer := appendSwitch(make([]byte, 0, 256), key); !c.writeAll(answer) {
		c.dropLocked(lost(net.ErrClosed))
	}
}

// refuse answers a request and ends its connection.
func (w *worker) refuse(c *Conn, no *answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeAll(no.append(nil)) // there is no one to tell of an error
	c.linger()
}

// writeAll writes to a socket that has taken nothing yet, and therefore takes all. Call with mu held.
func (c *Conn) writeAll(b []byte) bool {
	n, err := writeSegments(c.fd, [][]byte{b})
	return err == nil && n == len(b)
}

// handOver passes the connection to net/http with the bytes that were read.
func (w *worker) handOver(c *Conn, read []byte) {
	read = append([]byte(nil), read...)
	c.mu.Lock()
	c.detach()
	fd := int(c.fd)
	c.fd, c.state = -1, dropped
	releaseBuffer(c.busy.rest)
	c.rest()
	c.mu.Unlock()
	_ = unix.EpollCtl(c.srv.poll.Load().epfd, unix.EPOLL_CTL_DEL, fd, nil)
	if nc, err := asConn(fd); err == nil {
		c.srv.handover.give(nc, read)
	}
	c.srv.leave()
}

// remoteAddr returns the far end of a socket, as net.Conn writes it.
func remoteAddr(fd int32) string {
	sa, err := unix.Getpeername(int(fd))
	if err != nil {
		return ""
	}
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port)).String()
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr).Unmap(), uint16(sa.Port)).String()
	}
	return ""
}
