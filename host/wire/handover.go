package wire

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// handover is the listener through which net/http gets the connections that do not start with an upgrade.
type handover struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newHandover() *handover {
	return &handover{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// give passes on nc with the bytes that were read from it, which it retains. It waits for net/http to accept, and
// closes nc if that has stopped.
func (h *handover) give(nc net.Conn, read []byte) {
	select {
	case h.conns <- &handedConn{Conn: nc, read: read}:
	case <-h.closed:
		nc.Close()
	}
}

func (h *handover) Accept() (net.Conn, error) {
	select {
	case nc := <-h.conns:
		return nc, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

func (h *handover) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

// Addr is not the address of any socket: connections carry their own.
func (h *handover) Addr() net.Addr { return handoverAddr{} }

type handoverAddr struct{}

func (handoverAddr) Network() string { return "handover" }
func (handoverAddr) String() string  { return "handover" }

// handedConn gives back what was read before it reads on.
type handedConn struct {
	net.Conn
	read []byte
}

func (c *handedConn) Read(p []byte) (int, error) {
	if len(c.read) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.read)
	c.read = c.read[n:]
	return n, nil
}

// serveHTTP answers what came to net/http: the upgrade path itself, everything else through the handler given to
// NewServer. While the server drains, each answer is the last one of its connection.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if s.isDraining() {
		w.Header().Set("Connection", "close")
	}
	switch {
	case r.URL.Path != "/ws":
		s.handler.ServeHTTP(w, r)
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		w.WriteHeader(http.StatusMethodNotAllowed)
	default:
		s.upgradeHTTP(w, r)
	}
}

// upgradeHTTP upgrades a connection that net/http has served before.
func (s *Server) upgradeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.newConn(r.Context().Value(socketKey{}).(net.Conn))
	key, no := s.admit(c, r, r.RemoteAddr)
	if no != nil {
		no.write(w)
		return
	}
	nc, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		s.logger.Error("upgrade on a kept-alive connection", "err", err)
		s.giveUp(c, lost(err))
		(&answer{status: http.StatusInternalServerError}).write(w)
		return
	}
	first, _ := rw.Reader.Peek(rw.Reader.Buffered())
	first = append([]byte(nil), first...)
	if handed, ok := nc.(*handedConn); ok {
		first = append(first, handed.read...)
		nc = handed.Conn
	}
	s.join()
	go func() { // ends with the connection, Shutdown waits for it
		defer s.leave()
		s.converse(c, key, nc, s.buffer(), first)
	}()
}

// socketKey is where the context of an HTTP request has its connection's socket.
type socketKey struct{}

func withSocket(ctx context.Context, nc net.Conn) context.Context {
	return context.WithValue(ctx, socketKey{}, nc.(*handedConn).Conn)
}
