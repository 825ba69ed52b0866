package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// dropGrace is how long goroutines may take to notice that their sockets were closed under them.
const dropGrace = 500 * time.Millisecond

// Drain ends the taking of work: listeners are closed, upgrades get 503, no message reaches a session any more, and
// running ones get DrainTimeout, as do HTTP requests. Connections stay open, so that replies and events still leave.
// HTTP connections are kept until the messages are done, then closed. Drain returns an error if something still runs,
// and the sooner if ctx ends. Shutdown does it too; a caller whose replies come after Message has returned calls Drain
// first, waits for them, and then calls Shutdown.
func (s *Server) Drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.DrainTimeout)
	defer cancel()
	busy := 0
	for _, handled := range s.stopIntake() {
		select {
		case <-handled:
		case <-ctx.Done():
			busy++
		}
	}
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("drain http: %w", errors.Join(err, s.http.Close()))
	}
	if busy > 0 {
		return errors.Join(fmt.Errorf("drain: %d messages still running", busy), err)
	}
	return err
}

// stopIntake closes the listeners and returns a channel for each running message.
func (s *Server) stopIntake() (running []<-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isDraining() {
		close(s.draining)
		s.stopIfDone()
	}
	s.poll.Load().stopAccepting()
	for ln := range s.listeners {
		ln.Close()
	}
	clear(s.listeners)
	for _, c := range s.connectionsLocked() {
		if handled := c.drain(); handled != nil {
			running = append(running, handled)
		}
	}
	return running
}

// Shutdown ends the server: Drain, then every connection gets what is queued for it and close 1001, within FlushTimeout;
// the rest is dropped. When it returns nil, Serve has returned and no goroutine of the server is left. An error names
// what did not end in time. If ctx ends, the remaining steps are taken at once.
func (s *Server) Shutdown(ctx context.Context) error {
	drained := s.Drain(ctx)
	for nc := range s.sockets() {
		nc.Close() // never upgraded, or told to go already
	}
	for _, c := range s.connections() {
		c.abandon()
		c.Close(CloseGoingAway, "server is shutting down")
	}
	flushed := time.NewTimer(s.cfg.FlushTimeout)
	defer flushed.Stop()
	select {
	case <-s.stopped:
		s.poll.Load().wait()
		return drained
	case <-flushed.C:
	case <-ctx.Done():
	}
	for _, c := range s.connections() {
		c.drop(CloseReason{Code: CloseGoingAway, Text: "server is shutting down"})
	}
	for nc := range s.sockets() {
		nc.Close()
	}
	grace := time.NewTimer(dropGrace)
	defer grace.Stop()
	select {
	case <-s.stopped:
		s.poll.Load().wait()
		return drained
	case <-grace.C:
		return errors.Join(drained, fmt.Errorf("shutdown: %d connections did not end", s.Connections()))
	}
}

// abandon drops a socket that is not a WebSocket yet, or not any more.
func (c *Conn) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == greeting || c.state == lingering {
		c.dropLocked(CloseReason{})
	}
}

func (s *Server) connections() []*Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connectionsLocked()
}

// connectionsLocked returns all connections, and what the poller holds before and after. Call with mu held.
func (s *Server) connectionsLocked() []*Conn {
	conns := make([]*Conn, 0, s.places)
	for c := range s.conns {
		conns = append(conns, c)
	}
	return s.poll.Load().appendConns(conns)
}

func (s *Server) sockets() map[net.Conn]struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	sockets := make(map[net.Conn]struct{}, len(s.raw))
	for nc := range s.raw {
		sockets[nc] = struct{}{}
	}
	return sockets
}
