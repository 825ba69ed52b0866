// Package session is one authenticated connection: who its user is, what it is subscribed to, and its messages, one after
// the other, on their way to the dispatcher and back.
//
// The order a client sees is made here and in package wire. A message's events are queued on the connection by the fan-out
// before its reply is. The next message may be handled while the reply still waits for the disk, so replies can come in any
// order; they leave in that of the requests (replies.go).
package session

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"workcell/abi"
	"workcell/host/dispatch"
	"workcell/host/fanout"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/host/wire"
	"workcell/storage"
)

// MaxUndecodable is how many messages in a row may be no envelope before the connection is closed.
const MaxUndecodable = 5

// Dispatcher handles messages.
type Dispatcher interface {
	Handle(ctx context.Context, caller dispatch.Caller, request uint64, msg []byte) (decodable bool)
}

// Session is one connection. Its wire.Session methods are called one at a time; Receive may be called by anybody.
//
// It is all that is kept of a connection at rest, but for its wire.Conn: what is needed while messages are on their way is
// borrowed until then (replies.go). Its size is a promise, held by a test.
type Session struct {
	server      *Server
	conn        *wire.Conn
	place       fanout.Subscriber // in server.hub
	connection  [16]byte
	roles       *[]string // of its token; nil: it has none, and is believed
	replies     replies
	bucket      bucket
	opened      uint32 // in ticks of server.clock
	strikes     uint8  // messages over the rate limit in a row, at most MaxStrikes
	undecodable uint8  // messages in a row
	known       bool   // handlers were told of the session
}

// tick is the unit of the times that a Session remembers for its log. They begin anew after 497 days.
const tick = 10 * time.Millisecond

var (
	_ wire.Session     = (*Session)(nil)
	_ wire.TextCounter = (*Session)(nil)
	_ dispatch.Caller  = (*Session)(nil)
	_ fanout.Receiver  = (*Session)(nil)
)

// Message implements wire.Session.
func (s *Session) Message(payload []byte) {
	if !s.admit(payload) {
		return
	}
	if s.server.dispatcher.Handle(context.Background(), s, s.replies.place(), payload) {
		s.undecodable = 0
		return
	}
	if s.undecodable++; s.undecodable == MaxUndecodable {
		s.replies.closeAfter(s, wire.CloseInvalidData, "too many undecodable messages")
	}
}

// Reply implements dispatch.Caller.
func (s *Session) Reply(request uint64, envelope []byte) {
	s.replies.leave(s, request, envelope)
}

// Holds implements sandbox.Held, as does Count.
func (s *Session) Holds(scope abi.Scope) bool { return s.server.hub.Holds(&s.place, scope) }

// Count is the number of scopes that the connection is subscribed to.
func (s *Session) Count() int { return s.server.hub.Count(&s.place) }

// Apply implements dispatch.Caller.
func (s *Session) Apply(commit storage.Sequence, changes []sandbox.Change, resume bool) {
	s.server.hub.Apply(&s.place, commit, changes, resume)
}

// Resume implements dispatch.Caller.
func (s *Session) Resume(after storage.Sequence) (complete bool, err error) {
	return s.server.hub.Resume(&s.place, after)
}

// Receive implements fanout.Receiver.
func (s *Session) Receive(event wire.Frame) { s.sent(s.conn.Send(event)) }

// send implements sender.
func (s *Session) send(envelope []byte) { s.sent(s.conn.SendCopy(envelope)) }

// sent looks at how a message was queued. A connection that is gone, or was cut because it does not read, needs nothing
// more: it is told of through Closed.
func (s *Session) sent(err error) {
	if errors.Is(err, wire.ErrSlow) {
		s.server.observer.Dropped()
		s.record(slog.LevelWarn, telemetry.EventSlowConsumer)
	}
}

// close ends the connection.
func (s *Session) close(code wire.CloseCode, reason string) { s.conn.Close(code, reason) }

// Closed implements wire.Session.
func (s *Session) Closed(reason wire.CloseReason) {
	s.server.hub.Leave(&s.place)
	s.server.expiring.remove(s)
	s.server.observer.Disconnected(reason)
	s.record(slog.LevelInfo, telemetry.EventDisconnected, slog.String(telemetry.Reason, reason.String()),
		telemetry.Milliseconds(telemetry.DurationMS, s.age()), slog.Uint64(telemetry.Count, s.replies.count()))
}

// age is how long the connection has lasted.
func (s *Session) age() time.Duration { return time.Duration(s.server.ticks()-s.opened) * tick }

// Identity implements dispatch.Caller.
func (s *Session) Identity() abi.Identity {
	who := abi.Identity{User: s.place.User(), Connection: s.connection}
	if s.roles != nil {
		who.Mode, who.Roles = abi.AuthToken, *s.roles
	}
	return who
}

// Opened implements dispatch.Caller.
func (s *Session) Opened() bool { return s.known }

// MarkOpened implements dispatch.Caller.
func (s *Session) MarkOpened() { s.known = true }

// record writes one log line about the connection.
func (s *Session) record(level slog.Level, event string, attrs ...slog.Attr) {
	attrs = append([]slog.Attr{
		telemetry.ID(telemetry.ConnectionID, s.connection),
		telemetry.ID(telemetry.UserID, s.place.User()),
	}, attrs...)
	s.server.log.LogAttrs(context.Background(), level, event, attrs...)
}
