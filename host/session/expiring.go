package session

import (
	"log/slog"
	"sync"
	"time"

	"workcell/host/telemetry"
	"workcell/host/wire"
)

// expiring are the sessions whose tokens expire. The zero value has none. Safe for concurrent use.
type expiring struct {
	mu    sync.Mutex
	until map[*Session]int64 // Unix seconds, as in their tokens; guarded by mu
}

func (e *expiring) add(s *Session, until time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.until == nil {
		e.until = map[*Session]int64{}
	}
	e.until[s] = until.Unix()
}

func (e *expiring) remove(s *Session) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.until, s)
}

// take removes the sessions whose time is up, and returns them.
func (e *expiring) take(now time.Time) (expired []*Session) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for s, until := range e.until {
		if now.Unix() >= until {
			expired = append(expired, s)
			delete(e.until, s)
		}
	}
	return expired
}

// CloseExpired closes the connections whose tokens are not good any more at the time now. It is for a job in the
// background.
func (s *Server) CloseExpired(now time.Time) {
	for _, session := range s.expiring.take(now) {
		session.record(slog.LevelInfo, telemetry.EventExpiredToken)
		session.conn.Close(wire.ClosePolicy, "token expired")
	}
}
