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
	"workcell/host/telemetry"
	"workcell/host/wire"
)

// MaxUndecodable is how many messages in a row may be no envelope before the connection is closed.
const MaxUndecodable = 5

// Dispatcher handles messages.
type Dispatcher interface {
	Handle(ctx context.Context, caller dispatch.Caller, request uint64, msg []byte) (decodable bool)
}

// Session is one connection. Its wire.Session methods are called one at a time; Receive may be called by anybody.
type Session struct {
	*fanout.Subscriber // Apply, Resume, Holds and Count of dispatch.Caller
	server             *Server
	conn               *wire.Conn
	identity           abi.Identity
	opened             time.Time

	replies     replies
	bucket      bucket
	undecodable int  // messages in a row
	known       bool // handlers were told of the session
}

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
	s.Leave()
	s.server.expiring.remove(s)
	s.server.observer.Disconnected(reason)
	s.record(slog.LevelInfo, telemetry.EventDisconnected, slog.String(telemetry.Reason, reason.String()),
		telemetry.Milliseconds(telemetry.DurationMS, time.Since(s.opened)), slog.Uint64(telemetry.Count, s.replies.count()))
}

// Identity implements dispatch.Caller.
func (s *Session) Identity() *abi.Identity { return &s.identity }

// Opened implements dispatch.Caller.
func (s *Session) Opened() bool { return s.known }

// MarkOpened implements dispatch.Caller.
func (s *Session) MarkOpened() { s.known = true }

// record writes one log line about the connection.
func (s *Session) record(level slog.Level, event string, attrs ...slog.Attr) {
	attrs = append([]slog.Attr{
		telemetry.ID(telemetry.ConnectionID, s.identity.Connection),
		telemetry.ID(telemetry.UserID, s.identity.User),
	}, attrs...)
	s.server.log.LogAttrs(context.Background(), level, event, attrs...)
}
