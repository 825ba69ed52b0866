package wire

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
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
	buffers  sync.Pool // of *[]byte, readBytes long

	handover *handover
	http     *http.Server
	serving  sync.Once // starts http

	mu        sync.Mutex
	draining  chan struct{}             // closed with mu held, when the intake stops
	listeners map[net.Listener]struct{} // guarded by mu, as are all below: whose accept loop runs
	raw       map[net.Conn]struct{}     // sockets without a Conn: before the upgrade, or after their end
	conns     map[*Conn]struct{}        // each has a place of MaxConnections
	running   int                       // goroutines and connections that Shutdown waits for
	stopped   chan struct{}             // closed when draining and running is 0
}

// NewServer returns a server that does nothing yet. httpHandler gets all requests but those for the path /ws; it is
// also called during a drain, and refuses then what it must not start. A nil logger logs nothing.
func NewServer(cfg Config, acceptor Acceptor, httpHandler http.Handler, logger *slog.Logger) *Server {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		cfg:       cfg.withDefaults(),
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
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
	return s
}

// Serve accepts connections from ln until Shutdown, then it returns nil. It returns an error if ln fails for good; the
// connections stay. It closes ln. Serve may be called for several listeners.
func (s *Server) Serve(ln net.Listener) error {
	defer ln.Close()
	s.mu.Lock()
	if s.isDraining() {
		s.mu.Unlock()
		return ErrServerClosed
	}
	s.listeners[ln] = struct{}{}
	s.running++
	s.serving.Do(func() {
		s.running++
		go func() { // ends with http.Server.Shutdown, Shutdown waits for it
			defer s.leave()
			s.http.Serve(s.handover)
		}()
	})
	s.mu.Unlock()
	defer s.leave()
	return s.accept(ln)
}

func (s *Server) accept(ln net.Listener) error {
	for wait := time.Duration(0); ; {
		nc, err := ln.Accept()
		if err == nil {
			wait = 0
			if s.enter(nc) {
				go s.welcome(nc) // ends by HeaderTimeout or with the connection, Shutdown waits for it
			}
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
		wait = min(max(2*wait, 5*time.Millisecond), time.Second)
		s.logger.Warn("accept", "err", err, "retry_in", wait)
		select {
		case <-time.After(wait):
		case <-s.draining:
		}
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

// leave is said by everything that running counts.
func (s *Server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running--
	if s.isDraining() && s.running == 0 {
		close(s.stopped)
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
	return len(s.conns)
}

// readBytes is how much of a connection is read at once.
const readBytes = 8 << 10

// buffer returns room for one read, or for one request header. converse and welcome give it back.
func (s *Server) buffer() []byte {
	if p, ok := s.buffers.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, max(readBytes, s.cfg.MaxHeaderBytes))
}

func (s *Server) release(buf []byte) {
	mangle(buf)
	s.buffers.Put(&buf)
}
