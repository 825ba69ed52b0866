package wire

import (
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// entrant is an accepted upgrade: a connection with a place, its session, and the key its client waits to see answered.
type entrant struct {
	conn    *Conn
	session Session
	key     string
}

// welcome reads the start of a new connection and passes it to where it belongs.
func (s *Server) welcome(nc net.Conn) {
	defer s.leave()
	buf := s.buffer()
	nc.SetReadDeadline(time.Now().Add(s.cfg.HeaderTimeout))
	to, have, end, err := readRequest(nc, buf, s.cfg.MaxHeaderBytes)
	switch {
	case to == toHTTP:
		read := append([]byte(nil), buf[:have]...)
		s.release(buf)
		s.forget(nc)
		nc.SetReadDeadline(time.Time{})
		s.handover.give(nc, read)
	case errors.Is(err, errHeaderTooLong):
		s.release(buf)
		s.refuse(nc, &answer{status: http.StatusRequestHeaderFieldsTooLarge})
	case err != nil: // gone, or too slow
		s.release(buf)
		s.forget(nc)
		nc.Close()
	default:
		g, no := s.admitHeader(buf[:end], nc.RemoteAddr().String())
		if no != nil {
			s.release(buf)
			s.refuse(nc, no)
			return
		}
		s.forget(nc)
		s.converse(g, nc, buf, buf[end:have])
	}
}

func (s *Server) admitHeader(header []byte, remote string) (*entrant, *answer) {
	r, err := parseRequest(header)
	if err != nil {
		return nil, &answer{status: http.StatusBadRequest, text: "malformed request"}
	}
	return s.admit(r, remote)
}

// admit decides an upgrade: the form of the request, then the number of connections, then the Acceptor.
func (s *Server) admit(r *http.Request, remote string) (*entrant, *answer) {
	req, key, no := checkUpgrade(r)
	if no != nil {
		return nil, no
	}
	req.RemoteAddr = remote
	c := newConn(&s.cfg)
	if !s.takePlace(c) {
		return nil, &answer{status: http.StatusServiceUnavailable}
	}
	session, err := s.acceptor.Accept(req, c)
	if err == nil {
		return &entrant{c, session, key}, nil
	}
	c.drop(lost(err))
	s.leavePlace(c, nil)
	s.leave()
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return nil, &answer{status: refusal.Status}
	}
	s.logger.Error("accept session", "err", err, "remote", remote)
	return nil, &answer{status: http.StatusInternalServerError}
}

// takePlace counts c among the connections, which are never more than MaxConnections.
func (s *Server) takePlace(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isDraining() || len(s.conns) >= s.cfg.MaxConnections {
		return false
	}
	s.conns[c] = struct{}{}
	s.running++
	return true
}

// leavePlace frees c's place. A socket that lives on a little is kept in sight of Shutdown.
func (s *Server) leavePlace(c *Conn, nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if nc != nil {
		s.raw[nc] = struct{}{}
	}
}

// converse answers the upgrade and serves the connection to its end. first is what the client sent behind its request.
func (s *Server) converse(g *entrant, nc net.Conn, buf, first []byte) {
	defer s.release(buf)
	nc.SetDeadline(time.Now().Add(s.cfg.HeaderTimeout))
	if _, err := nc.Write(appendSwitch(nil, g.key)); err != nil {
		nc.Close()
		s.giveUp(g, lost(err))
		return
	}
	g.conn.open(nc)
	linger := g.conn.run(g.session, buf, first)
	reason, alive := g.conn.settle()
	g.session.Closed(reason)
	s.logger.Debug("connection closed", "remote", nc.RemoteAddr(), "reason", reason)
	defer s.leave()
	if !linger || !alive {
		s.leavePlace(g.conn, nil) // first, so that a client that sees the end finds a free place
		nc.Close()
		return
	}
	s.leavePlace(g.conn, nc)
	s.linger(nc)
}

// giveUp ends an accepted connection that never became one.
func (s *Server) giveUp(g *entrant, reason CloseReason) {
	g.conn.drop(reason)
	g.session.Closed(reason)
	s.leavePlace(g.conn, nil)
	s.leave()
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
