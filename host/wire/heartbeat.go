package wire

import (
	"time"

	"github.com/gobwas/ws"
)

var pingFrame = controlFrame(ws.OpPing, nil)

// startHeartbeat looks after silent clients, once a second until the server drains. Call with mu held.
func (s *Server) startHeartbeat() {
	interval, timeout := s.cfg.HeartbeatInterval/time.Second, s.cfg.HeartbeatTimeout/time.Second
	if interval <= 0 || timeout <= 0 {
		return
	}
	s.running++
	go func() { // ends with the drain, Shutdown waits for it
		defer s.leave()
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				s.beat(uint16(interval), uint16(timeout))
			case <-s.draining:
				return
			}
		}
	}()
}

// beat lets a second pass. What it is given is in seconds.
func (s *Server) beat(interval, timeout uint16) {
	second := uint16(s.second.Add(1))
	for _, c := range s.connections() {
		c.beat(second, interval, timeout)
	}
}

// beat pings a client that has been silent for one interval, two, and so on, until the timeout.
func (c *Conn) beat(second, interval, timeout uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != opened {
		return
	}
	switch silent := second - c.heard; {
	case silent >= timeout:
		const text = "heartbeat timeout"
		c.end(CloseReason{Code: CloseGoingAway, Text: text}, closeFrame(CloseGoingAway, text))
	case silent > 0 && silent%interval == 0 && c.maySend() == nil:
		c.rouse().queue.push(pingFrame)
		c.wakeWriter()
	}
}

// hear notes that the client has sent something.
func (c *Conn) hear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = c.srv.now()
}

// now is the heartbeat's count of seconds.
func (s *Server) now() uint16 { return uint16(s.second.Load()) }
