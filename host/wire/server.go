package wire

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// idleHTTP is how long a kept-alive HTTP connection may rest between two requests.
const idleHTTP = 2 * time.Minute

// ErrServerClosed is returned by Serve on a server that was told to stop.
var ErrServerClosed = errors.New("wire: server is closed")

// Server serves WebSocket connections, and everything else through an http.Handler, on the same listeners. Make it with
// NewServer, run Serve, end with Shutdown.
type Server struct {
	cfg      Config
	acceptor Acceptor
	handler  http.Handler
	logger   *slog.Logger
	buffers  sync.Pool // of *byte, the first of a buffer

	handover *handover
	http     *http.Server
	serving  sync.Once // starts http
	gate     gate
	poll     atomic.Pointer[poller] // nil if no socket is polled
	second   atomic.Uint32          // counted by the heartbeat

	mu        sync.Mutex
	draining  chan struct{}             // closed with mu held, when the intake stops
	listeners map[net.Listener]struct{} // guarded by mu, as are all below: whose accept loop runs
	raw       map[net.Conn]struct{}     // sockets without a Conn: before the upgrade, or after their end
	conns     map[*Conn]struct{}        // with a place, but for those that the poller knows
	places    int                       // taken, of MaxConnections
	running   int                       // goroutines and connections that Shutdown waits for
	stopped   chan struct{}             // closed when draining and running is 0
}

// NewServer returns a server that does nothing yet. httpHandler gets all requests but those for the path /ws; it is
// also called during a drain, and refuses then what it must not start. A nil logger logs nothing.
func NewServer(cfg Config, acceptor Acceptor, httpHandler http.Handler, logger *slog.Logger) *Server {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	cfg = cfg.withDefaults()
	s := &Server{
		cfg:       cfg,
		gate:      gate{limit: cfg.MaxHandling},
		acceptor:  acceptor,
		handler:   httpHandler,
		logger:    logger,
		handover:  newHandover(),
		draining:  make(chan struct{}),
		listeners: make(map[net.Listener]struct{}),
		raw:       make(map[net.Conn]struct{}),
		conns:     make(map[*Conn]struct{}),
		stopped:   make(chan struct{}),
	}
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.serveHTTP),
		ReadHeaderTimeout: s.cfg.HeaderTimeout,
		IdleTimeout:       idleHTTP,
		MaxHeaderBytes:    s.cfg.MaxHeaderBytes,
		ConnContext:       withSocket,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	return s
}

// Serve accepts connections from ln until Shutdown, then it returns nil. It returns an error if ln fails for good; the
// connections stay. It closes ln. Serve may be called for several listeners.
//
// On Linux, connections of a TCP listener are polled, unless the configuration says Serial.
func (s *Server) Serve(ln net.Listener) error {
	defer ln.Close()
	s.mu.Lock()
	if s.isDraining() {
		s.mu.Unlock()
		return ErrServerClosed
	}
	s.serving.Do(func() {
		s.running++
		go func() { // ends with http.Server.Shutdown, Shutdown waits for it
			defer s.leave()
			s.http.Serve(s.handover)
		}()
		s.startHeartbeat()
		s.checkDescriptors()
	})
	tcp, isTCP := ln.(*net.TCPListener)
	if isTCP && !s.cfg.Serial && s.poll.Load() == nil {
		p, err := newPoller(s)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			s.logger.Warn("sockets are not polled: each connection costs a goroutine and its buffers", "err", err)
		}
		s.poll.Store(p)
	}
	s.listeners[ln] = struct{}{}
	s.running++
	s.mu.Unlock()
	defer s.leave()
	if p := s.poll.Load(); isTCP && p != nil {
		return p.serve(tcp)
	}
	return s.accept(ln)
}

func (s *Server) accept(ln net.Listener) error {
	var wait backoff
	for {
		nc, err := ln.Accept()
		if err == nil {
			wait = 0
			s.receive(nc)
			continue
		}
		if s.isDraining() {
			return nil
		}
		var passing interface{ Temporary() bool } // out of descriptors, or the client is gone already
		if !errors.As(err, &passing) || !passing.Temporary() {
			s.mu.Lock()
			delete(s.listeners, ln)
			s.mu.Unlock()
			return err
		}
		s.logger.Warn("accept", "err", err, "retry_in", wait.next())
		select {
		case <-time.After(time.Duration(wait)):
		case <-s.draining:
		}
	}
}

// backoff is how long to wait before the next try to accept.
type backoff time.Duration

func (b *backoff) next() time.Duration {
	*b = min(max(2**b, backoff(5*time.Millisecond)), backoff(time.Second))
	return time.Duration(*b)
}

// receive starts the goroutine of a new socket.
func (s *Server) receive(nc net.Conn) {
	if tcp, ok := nc.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(s.cfg.SocketBytes) // not having it is no reason to turn a client away
		_ = tcp.SetWriteBuffer(s.cfg.SocketBytes)
	}
	if s.cfg.TLS != nil {
		nc = s.secure(nc)
	}
	if s.enter(nc) {
		go s.welcome(nc) // ends by HeaderTimeout or with the connection, Shutdown waits for it
	}
}

// spareDescriptors are for what is not a WebSocket: files, HTTP, and sockets that come and go.
const spareDescriptors = 512

// checkDescriptors says whether MaxConnections can be had.
func (s *Server) checkDescriptors() {
	want := uint64(s.cfg.MaxConnections + spareDescriptors)
	switch limit := descriptorLimit(want); {
	case limit == 0:
	case limit < want:
		s.logger.Warn("the limit of open files is too low for so many connections: raise it (ulimit -n, LimitNOFILE), or lower the number of connections",
			"limit", limit, "wanted", want, "connections", s.cfg.MaxConnections)
	default:
		s.logger.Info("limit of open files", "limit", limit, "connections", s.cfg.MaxConnections)
	}
}

// enter takes a new socket in, or closes it if the server has stopped.
func (s *Server) enter(nc net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isDraining() {
		nc.Close()
		return false
	}
	s.raw[nc] = struct{}{}
	s.running++
	return true
}

// join is said by what running counts from now on, on behalf of something that it counts already.
func (s *Server) join() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running++
}

// leave is said by everything that running counts.
func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	s.stopIfDone()
}

// stopIfDone notes the end of everything. Call with mu held.
func (s *Server) stopIfDone() {
	if s.isDraining() && s.running == 0 {
		close(s.stopped)
		s.poll.Load().close()
	}
}

// isDraining is final once it is true. With mu held, what it says holds until mu is given up.
func (s *Server) isDraining() bool {
	select {
	case <-s.draining:
		return true
	default:
		return false
	}
}

// Connections returns how many WebSocket connections have a place, those whose upgrade is being decided included.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.places
}

// readBytes is how much of a connection is read at once.
const readBytes = 16 << 10

// buffer returns room for one read, or for one request header. converse and welcome give it back.
func (s *Server) buffer() []byte {
	size := max(readBytes, s.cfg.MaxHeaderBytes)
	if p, ok := s.buffers.Get().(*byte); ok {
		return unsafe.Slice(p, size)
	}
	return make([]byte, size)
}

func (s *Server) release(buf []byte) {
	mangle(buf)
	s.buffers.Put(unsafe.SliceData(buf))
}
