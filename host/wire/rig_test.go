package wire

import (
	"context"
	"flag"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// serialOnly makes the servers of all tests serial.
var serialOnly bool

// TestMain runs the tests with polled sockets, and again with a goroutine for each connection.
func TestMain(m *testing.M) { goleak.VerifyTestMain(bothWays{m}) }

type bothWays struct{ m *testing.M }

func (b bothWays) Run() int {
	code := b.m.Run()
	if given := func(name string) bool { return flag.Lookup(name).Value.String() != "" }; given("test.bench") || given("test.fuzz") {
		return code
	}
	serialOnly = true
	return max(code, b.m.Run())
}

// patience is how long a test on real sockets waits for something that must happen; it is not part of any result.
const patience = 20 * time.Second

var discard = slog.New(slog.DiscardHandler)

// rig is a running server with an end to dial.
type rig struct {
	t      testing.TB
	srv    *Server
	dial   func() (net.Conn, error)
	served chan error // what Serve returned
	once   sync.Once  // stops it
}

// start runs a server on a real port until the end of the test.
func start(t testing.TB, cfg Config, acceptor Acceptor, handler http.Handler) *rig {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := startOn(t, ln, cfg, acceptor, handler)
	r.dial = func() (net.Conn, error) { return net.Dial("tcp", ln.Addr().String()) }
	return r
}

func startOn(t testing.TB, ln net.Listener, cfg Config, acceptor Acceptor, handler http.Handler) *rig {
	if handler == nil {
		handler = http.NotFoundHandler()
	}
	cfg.Serial = cfg.Serial || serialOnly
	r := &rig{t: t, srv: NewServer(cfg, acceptor, handler, slog.New(slog.DiscardHandler)), served: make(chan error, 1)}
	go func() { r.served <- r.srv.Serve(ln) }()
	t.Cleanup(func() { r.stop() })
	return r
}

// stop shuts the server down, which must work; a second call only waits for the first.
func (r *rig) stop() {
	r.once.Do(func() {
		if err := r.srv.Shutdown(context.Background()); err != nil {
			r.t.Errorf("shutdown: %v", err)
		}
		if err := <-r.served; err != nil {
			r.t.Errorf("serve: %v", err)
		}
	})
}

// waitDraining waits until a shutdown that runs elsewhere has stopped the intake.
func (r *rig) waitDraining() {
	<-r.srv.draining
	r.srv.connections() // takes the lock that is held from then until every connection knows
}

// stopped is for a test that stops the server itself.
func (r *rig) stopped() { r.once.Do(func() {}) }

// startInMemory runs a server on connections without buffers and, inside a synctest bubble, with a clock that stands
// still while anything can move.
func startInMemory(t testing.TB, cfg Config, acceptor Acceptor, handler http.Handler) *rig {
	ln := &memoryListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	r := startOn(t, ln, cfg, acceptor, handler)
	r.dial = func() (net.Conn, error) {
		ours, theirs := net.Pipe()
		select {
		case ln.conns <- theirs:
			return ours, nil
		case <-ln.closed:
			return nil, net.ErrClosed
		}
	}
	return r
}

type memoryListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case nc := <-l.conns:
		return nc, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *memoryListener) Addr() net.Addr { return handoverAddr{} }

// acceptFunc is an Acceptor made of a function.
type acceptFunc func(*Request, *Conn) (Session, error)

func (f acceptFunc) Accept(req *Request, conn *Conn) (Session, error) { return f(req, conn) }

// echo is a session that sends every message back, and records its end.
type echo struct {
	conn   *Conn
	closed chan CloseReason
}

func (e *echo) Message(payload []byte) {
	e.conn.Reply(payload)
}

func (e *echo) Closed(reason CloseReason) { e.closed <- reason }

// echoes accepts everyone with an echo session and passes each on. Nobody has to receive them.
func echoes() (Acceptor, <-chan *echo) {
	made := make(chan *echo, 1000)
	return acceptFunc(func(_ *Request, conn *Conn) (Session, error) {
		e := &echo{conn, make(chan CloseReason, 1)}
		made <- e
		return e, nil
	}), made
}

// script is a session made of functions.
type script struct {
	message func(payload []byte)
	closed  func(CloseReason)
}

func (s *script) Message(payload []byte) {
	if s.message != nil {
		s.message(payload)
	}
}

func (s *script) Closed(reason CloseReason) {
	if s.closed != nil {
		s.closed(reason)
	}
}

func frameOf(payload []byte) Frame {
	return NewFrame(len(payload), func(dst []byte) []byte { return append(dst, payload...) })
}

// receive waits for a value that must come.
func receive[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	select {
	case v, ok := <-ch:
		if !ok {
			t.Fatal("channel closed")
		}
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}
