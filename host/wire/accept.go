package wire

import (
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// welcome reads the start of a new connection and passes it to where it belongs.
func (s *Server) welcome(nc net.Conn) {
	defer s.leave()
	buf := s.buffer()
	nc.SetDeadline(time.Now().Add(s.cfg.HeaderTimeout))
	to, have, end, err := readRequest(nc, buf, s.cfg.MaxHeaderBytes)
	switch {
	case to == toHTTP:
		read := append([]byte(nil), buf[:have]...)
		s.release(buf)
		s.forget(nc)
		nc.SetDeadline(time.Time{})
		s.handover.give(nc, read)
	case errors.Is(err, errHeaderTooLong):
		s.release(buf)
		s.refuse(nc, &answer{status: http.StatusRequestHeaderFieldsTooLarge})
	case err != nil: // gone, or too slow
		s.release(buf)
		sayTLS(err)
		s.forget(nc)
		nc.Close()
	default:
		c := s.newConn(nc)
		key, no := s.admitHeader(c, buf[:end], nc.RemoteAddr().String())
		if no != nil {
			s.release(buf)
			s.refuse(nc, no)
			return
		}
		s.forget(nc)
		s.converse(c, key, nc, buf, buf[end:have])
	}
}

// newConn returns a connection for the socket nc that is waiting for its upgrade.
func (s *Server) newConn(nc net.Conn) *Conn {
	c := &Conn{srv: s, fd: -1}
	if !s.poll.Load().takes(nc) {
		c.startSerial()
	}
	return c
}

func (s *Server) admitHeader(c *Conn, header []byte, remote string) (key string, no *answer) {
	r, err := parseRequest(header)
	if err != nil {
		return "", &answer{status: http.StatusBadRequest, text: "malformed request"}
	}
	return s.admit(c, r, remote)
}

// admit decides an upgrade: the form of the request, then the number of connections, then the Acceptor. It returns the
// key that the client waits to see answered. c has a place then, and its session.
func (s *Server) admit(c *Conn, r *http.Request, remote string) (key string, no *answer) {
	req, key, no := checkUpgrade(r)
	if no != nil {
		return "", no
	}
	req.RemoteAddr = remote
	if !s.takePlace(c) {
		return "", &answer{status: http.StatusServiceUnavailable}
	}
	session, err := s.acceptor.Accept(req, c)
	c.accepted(session, err == nil)
	if err == nil {
		return key, nil
	}
	s.leavePlace(c, nil)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return "", &answer{status: refusal.Status}
	}
	s.logger.Error("accept session", "err", err, "remote", remote)
	return "", &answer{status: http.StatusInternalServerError}
}

// accepted notes what the Acceptor said. Without its yes c is dead.
func (c *Conn) accepted(session Session, yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.rouse()
	if !yes {
		c.state = dropped
		b.queue.drop()
		return
	}
	c.session = session
	_, b.frames.keepText = session.(TextSession)
}

// takePlace counts c among the connections, which are never more than MaxConnections, and opens it.
func (s *Server) takePlace(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isDraining() || s.places >= s.cfg.MaxConnections {
		return false
	}
	s.places++
	if c.fd < 0 {
		s.conns[c] = struct{}{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state, c.heard = opened, s.now()
	c.rouse().unanswered = true
	return true
}

// leavePlace frees c's place. A socket that lives on a little is kept in sight of Shutdown.
func (s *Server) leavePlace(c *Conn, nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.places--
	delete(s.conns, c)
	if nc != nil {
		s.raw[nc] = struct{}{}
	}
}

// converse answers the upgrade and serves the connection to its end, or lets it be polled. first is what the client sent
// behind its request.
func (s *Server) converse(c *Conn, key string, nc net.Conn, buf, first []byte) {
	defer s.release(buf)
	nc.SetDeadline(time.Now().Add(s.cfg.HeaderTimeout))
	_, err := nc.Write(appendSwitch(nil, key))
	if err == nil && !c.isSerial() {
		if err = s.poll.Load().adopt(c, nc, first); err == nil {
			return
		}
	}
	if err != nil {
		nc.Close()
		s.giveUp(c, lost(err))
		return
	}
	c.patience(nc)
	c.open(nc)
	c.run(buf, first)
	reason, alive := c.settle()
	c.session.Closed(reason)
	s.logger.Debug("connection closed", "remote", nc.RemoteAddr(), "reason", reason)
	if alive && c.busy.linger {
		s.leavePlace(c, nc)
		s.linger(nc)
		return
	}
	s.leavePlace(c, nil) // first, so that a client that sees the end finds a free place
	if alive {
		nc.Close()
	} else {
		closeUnder(nc)
	}
}

// giveUp ends an accepted connection that never became one.
func (s *Server) giveUp(c *Conn, reason CloseReason) {
	c.drop(reason)
	c.session.Closed(reason)
	s.leavePlace(c, nil)
}

// refuse answers a request and ends its connection.
func (s *Server) refuse(nc net.Conn, no *answer) {
	nc.SetWriteDeadline(time.Now().Add(s.cfg.FlushTimeout))
	nc.Write(no.append(nil)) // there is no one to tell of an error
	s.linger(nc)
}

// lingerBytes bounds what is read from a client that was told to go.
const lingerBytes = 1 << 20

// linger closes a socket whose client may still be sending. A plain close would answer those bytes with a reset, which
// can destroy our last words on their way; so we end our half and read what comes, up to a bound (RFC 6455 section
// 7.1.1). nc is in raw.
func (s *Server) linger(nc net.Conn) {
	if half, ok := nc.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		nc.SetReadDeadline(time.Now().Add(s.cfg.FlushTimeout))
		io.Copy(io.Discard, io.LimitReader(nc, lingerBytes))
	}
	s.forget(nc)
	nc.Close()
}

// forget takes nc out of Shutdown's sight: it is closed, or someone else's now.
func (s *Server) forget(nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.raw, nc)
}
