// Package session is one authenticated connection: who its user is, what it is subscribed to, and its messages, one after
// the other, on their way to the dispatcher and back.
//
// The order a client sees is made here and in package wire: a message's events are queued on the connection by the
// fan-out before the dispatcher returns, then the session queues the reply; the next message is read after that.
package session

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"workcell/abi"
	"workcell/host/dispatch"
	"workcell/host/fanout"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/host/wire"
)

// MaxUndecodable is how many messages in a row may be no envelope before the connection is closed.
const MaxUndecodable = 5

// Dispatcher handles messages.
type Dispatcher interface {
	Handle(ctx context.Context, caller dispatch.Caller, request uint64, msg []byte) dispatch.Reply
}

// Server makes the sessions of a wire.Server.
type Server struct {
	dispatcher Dispatcher
	hub        *fanout.Hub
	fallback   string // user of a client that does not say who it is
	log        *slog.Logger
}

// NewServer returns a Server. A client that names no user is the user fallback.
func NewServer(dispatcher Dispatcher, hub *fanout.Hub, fallback string, log *slog.Logger) *Server {
	return &Server{dispatcher: dispatcher, hub: hub, fallback: fallback, log: log}
}

// Accept implements wire.Acceptor: every client is let in, as the user it names.
func (s *Server) Accept(req *wire.Request, conn *wire.Conn) (wire.Session, error) {
	name := req.Query.Get("user_id")
	if name == "" {
		name = s.fallback
	}
	session := &Session{
		server:   s,
		conn:     conn,
		identity: abi.Identity{Mode: abi.AuthDesktop, User: UserID(name), Connection: uuid.New()},
		opened:   time.Now(),
	}
	session.Subscriber = s.hub.Join(session.identity.User, session)
	session.record(telemetry.EventConnected)
	return session, nil
}

// namespace of the ids of users whose names are no UUIDs.
var namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("workcell:user"))

// UserID returns the id of the user that a client, or a token, calls name: the UUID it is, or one that is derived from it
// and always the same.
func UserID(name string) [16]byte {
	if id, err := uuid.Parse(name); err == nil {
		return id
	}
	return uuid.NewSHA1(namespace, []byte(name))
}

// Session is one connection. Its wire.Session methods are called one at a time; Receive may be called by anybody.
type Session struct {
	*fanout.Subscriber
	server   *Server
	conn     *wire.Conn
	identity abi.Identity
	opened   time.Time

	request     uint64 // messages so far
	undecodable int    // in a row
	known       bool   // handlers were told of the session
}

var (
	_ wire.Session    = (*Session)(nil)
	_ dispatch.Caller = (*Session)(nil)
	_ fanout.Receiver = (*Session)(nil)
)

// Message implements wire.Session.
func (s *Session) Message(payload []byte) {
	s.request++
	reply := s.server.dispatcher.Handle(context.Background(), s, s.request, payload)
	frame := wire.NewFrame(len(reply.Envelope), func(dst []byte) []byte { return append(dst, reply.Envelope...) })
	s.send(frame)
	if !reply.Undecodable {
		s.undecodable = 0
		return
	}
	if s.undecodable++; s.undecodable == MaxUndecodable {
		s.conn.Close(wire.CloseInvalidData, "too many undecodable messages")
	}
}

// Receive implements fanout.Receiver.
func (s *Session) Receive(event wire.Frame) { s.send(event) }

// send queues a frame. A connection that is gone, or was cut because it does not read, needs nothing more: it is told of
// through Closed.
func (s *Session) send(f wire.Frame) {
	if err := s.conn.Send(f); errors.Is(err, wire.ErrSlow) {
		s.record(telemetry.EventSlowConsumer)
	}
}

// Closed implements wire.Session.
func (s *Session) Closed(reason wire.CloseReason) {
	s.Leave()
	s.record(telemetry.EventDisconnected, slog.String(telemetry.Reason, reason.String()),
		telemetry.Milliseconds(telemetry.DurationMS, time.Since(s.opened)), slog.Uint64(telemetry.Count, s.request))
}

// Identity implements dispatch.Caller.
func (s *Session) Identity() *abi.Identity { return &s.identity }

// Apply implements dispatch.Caller.
func (s *Session) Apply(changes []sandbox.Change) { s.Subscriber.Apply(changes) }

// Opened implements dispatch.Caller.
func (s *Session) Opened() bool { return s.known }

// MarkOpened implements dispatch.Caller.
func (s *Session) MarkOpened() { s.known = true }

// record writes one log line about the connection.
func (s *Session) record(event string, attrs ...slog.Attr) {
	attrs = append([]slog.Attr{
		telemetry.ID(telemetry.ConnectionID, s.identity.Connection),
		telemetry.ID(telemetry.UserID, s.identity.User),
	}, attrs...)
	s.server.log.LogAttrs(context.Background(), slog.LevelInfo, event, attrs...)
}
