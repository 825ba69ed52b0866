package session

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"

	"workcell/host/fanout"
	"workcell/host/identity"
	"workcell/host/telemetry"
	"workcell/host/wire"
)

// Observer is told what becomes of connections. It must be quick. Safe for concurrent use.
type Observer interface {
	Connected()
	Refused(why string) // one of a fixed list
	Disconnected(reason wire.CloseReason)
	Dropped()     // a message was not sent, because the client does not read
	RateLimited() // a message was refused, because there were too many
}

// Server makes the sessions of a wire.Server. Safe for concurrent use.
type Server struct {
	dispatcher Dispatcher
	hub        *fanout.Hub
	door       *identity.Door
	observer   Observer
	rate       Rate
	clock      func() time.Duration // monotonic
	log        *slog.Logger
	expiring   expiring
}

// NewServer returns a Server that lets in whom door lets in, and takes messages from each at a rate.
func NewServer(dispatcher Dispatcher, hub *fanout.Hub, door *identity.Door, rate Rate, observer Observer, log *slog.Logger) *Server {
	started := time.Now()
	return &Server{
		dispatcher: dispatcher, hub: hub, door: door, rate: rate, observer: observer, log: log,
		clock: func() time.Duration { return time.Since(started) },
	}
}

// ticks is what time it is for opened.
func (s *Server) ticks() uint32 { return uint32(s.clock() / tick) }

// Accept implements wire.Acceptor.
func (s *Server) Accept(req *wire.Request, conn *wire.Conn) (wire.Session, error) {
	person, err := s.door.Enter(req.Authorization, req.Query, time.Now())
	if err != nil {
		return nil, s.refuse(req, err)
	}
	session := &Session{server: s, conn: conn, connection: uuid.New(), opened: s.ticks()}
	if person.ByToken {
		session.roles = new(person.Roles)
	}
	s.hub.Join(&session.place, person.User, session)
	if !person.Expires.IsZero() {
		s.expiring.add(session, person.Expires)
	}
	s.observer.Connected()
	session.record(slog.LevelInfo, telemetry.EventConnected)
	return session, nil
}

// refuse tells the log why somebody is not let in, and the client nothing.
func (s *Server) refuse(req *wire.Request, err error) error {
	var why identity.Refusal
	if !errors.As(err, &why) {
		return err
	}
	s.observer.Refused(string(why))
	s.log.LogAttrs(context.Background(), slog.LevelWarn, telemetry.EventRefused,
		slog.String(telemetry.Reason, string(why)), slog.String(telemetry.Address, req.RemoteAddr))
	return &wire.Refusal{Status: http.StatusUnauthorized}
}
