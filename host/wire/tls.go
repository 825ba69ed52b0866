package wire

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"
)

// secure returns the TLS side of a new socket. Its handshake happens with the first read.
func (s *Server) secure(nc net.Conn) net.Conn {
	if wrapped, ok := s.poll.Load().wrap(nc); ok {
		return tls.Server(wrapped, s.cfg.TLS)
	}
	return tls.Server(&patient{Conn: nc}, s.cfg.TLS)
}

// sayTLS tells a client that speaks plain HTTP to a server with TLS what is wrong, if that is what err says.
func sayTLS(err error) {
	if plain, ok := errors.AsType[tls.RecordHeaderError](err); ok && plain.Conn != nil {
		plain.Conn.Write((&answer{status: 400, text: "this port speaks TLS: use https or wss"}).append(nil))
	}
}

// patient is the socket under the TLS of a serial connection. Its writes outlive deadlines for as long as the client may
// be slow: a write of TLS that was given up could not be taken up again.
type patient struct {
	net.Conn
	conn *Conn // fixed before frames are written
}

func (p *patient) Write(b []byte) (n int, err error) {
	for {
		m, err := p.Conn.Write(b[n:])
		n += m
		if err == nil || p.conn == nil || !errors.Is(err, os.ErrDeadlineExceeded) || !p.conn.mayWriteOn(p.Conn, m > 0) {
			return n, err
		}
	}
}

// mayWriteOn sets the next deadline for a write, or reports that there is none.
func (c *Conn) mayWriteOn(nc net.Conn, moved bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if moved {
		c.busy.moved = now
	}
	switch {
	case c.stalled(now):
		c.cutSlow()
	case c.state == opened || (c.state == ending && now.Before(c.busy.deadline)):
		nc.SetWriteDeadline(c.writeDeadline())
		return true
	}
	return false
}

// patience prepares nc for frames.
func (c *Conn) patience(nc net.Conn) {
	if secured, ok := nc.(*tls.Conn); ok {
		if p, ok := secured.NetConn().(*patient); ok {
			p.conn = c
		}
	}
}

// closeUnder closes the socket of nc without a word of TLS, for which it would have to wait.
func closeUnder(nc net.Conn) {
	if secured, ok := nc.(*tls.Conn); ok {
		nc = secured.NetConn()
	}
	nc.Close()
}
