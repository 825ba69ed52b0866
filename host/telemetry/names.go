// Package telemetry is how the appliance talks to its operator: the logger, and every name that appears in the log, in one
// file. Values are structured; text that came from clients or guests is only ever a value, so that it cannot forge lines.
// Never logged at any level: tokens, secrets. Never logged above debug: titles, descriptions, comments.
package telemetry

import (
	"log/slog"
	"time"

	"github.com/google/uuid"
)

// Attributes.
const (
	CorrelationID = "correlation_id" // the message's id, or one made by the server
	RequestSeq    = "request_seq"    // number of the message on its connection
	UserID        = "user_id"
	ConnectionID  = "connection_id"
	Handler       = "handler" // name of the route
	DurationMS    = "duration_ms"
	Code          = "code" // what the client was told
	Kind          = "kind" // what it was, see package fault
	Error         = "error"
	Line          = "line" // a line that a guest logged
	Reason        = "reason"
	Address       = "address"
	Directory     = "directory"
	Module        = "module"
	Hash          = "hash"
	File          = "file"
	Deployment    = "deployment" // number of a handler's version in the catalog
	Version       = "version"
	State         = "state"
	From          = "from"
	Count         = "count"
	Limit         = "limit" // of what count counts
	Fuel          = "fuel"
	Engine        = "engine"
	Reset         = "reset"
	Route         = "route" // pattern of an HTTP request
	Attempts      = "attempts"
	WaitMS        = "wait_ms"
)

// Events: the messages of log lines.
const (
	EventEntered      = "handler entered"
	EventHandled      = "handler finished"
	EventFailed       = "handler failed"
	EventReplayed     = "replayed from idempotency record"
	EventRetry        = "storage failed, trying again"
	EventGuestLog     = "guest says"
	EventConnected    = "connection opened"
	EventDisconnected = "connection closed"
	EventRefused      = "connection refused"
	EventRateLimited  = "message refused: rate limit"
	EventSlowConsumer = "connection cut: slow consumer"
	EventExpiredToken = "connection closed: its token has expired"
	EventBreaker      = "circuit breaker changed"
	EventLoaded       = "handler loaded"
	EventDeployed     = "handler version changed"
	EventSandbox      = "sandbox opened"
	EventConfigured   = "configuration"
	EventListening    = "listening"
	EventReady        = "ready"
	EventDraining     = "shutting down"
	EventStopped      = "stopped"
	EventLent         = "checkpoint lent to a backup"
	EventReturned     = "checkpoint returned"
	EventStorage      = "storage failed"
	EventQuit         = "shutdown asked for"
	EventExpired      = "idempotency records expired"
	EventForgotten    = "old activity deleted"
)

// ID is an attribute with the text of a UUID, built only if the line is written.
func ID(name string, id [16]byte) slog.Attr { return slog.Any(name, idValue(id)) }

type idValue [16]byte

// LogValue implements slog.LogValuer.
func (v idValue) LogValue() slog.Value { return slog.StringValue(uuid.UUID(v).String()) }

// Milliseconds is an attribute with a duration as a number of milliseconds.
func Milliseconds(name string, d time.Duration) slog.Attr {
	return slog.Float64(name, float64(d.Microseconds())/1000)
}
