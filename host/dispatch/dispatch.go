// Package dispatch handles one message: it finds the route, admits the call, runs it on a transaction, commits, and
// builds the reply.
//
//	message -> envelope -> route -> breaker -> lane -> gate -> time and seed
//	        -> transaction: idempotency record, guest, record of the reply -> commit -> sync
//	        -> events to the fan-out, in commit order -> reply to the caller
//
// A commit that lost against a concurrent one runs the guest again, on a pristine instance with the same time and seed.
// Whatever else goes wrong rolls the transaction back and becomes a fault.Fault in one place (classify.go); the client
// gets its neutral text, the log its cause.
//
// The package owns no sockets and no goroutines: Handle runs on the caller's and returns when the reply may be sent. Time
// limits: Config.Timeout for the whole message, Config.Execution for each run of the guest.
package dispatch

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/fault"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/storage"
	"workcell/storage/guard"
	"workcell/storage/txn"
)

// Config of a Dispatcher.
type Config struct {
	Timeout         time.Duration // from Handle to the reply
	Execution       time.Duration // one run of a guest
	Running         int           // calls that run at once; 0: one for each processor
	MaxFuel         uint64        // most that a route may ask for; 0: no limit
	MaxErrorMessage int           // characters of an error's text
	Settings        sandbox.Settings
}

// Caller is the connection a message came from.
type Caller interface {
	sandbox.Held
	Identity() *abi.Identity
	// Apply makes the changes of subscriptions of a committed call real.
	Apply([]sandbox.Change)
	// Opened tells whether handlers were told of the session. MarkOpened says that they were.
	Opened() bool
	MarkOpened()
}

// Publisher takes the events of commits, in commit order, one call at a time. It must not block.
type Publisher interface {
	Publish(sequence storage.Sequence, now int64, events []sandbox.Event)
}

// Dispatcher handles messages. Safe for concurrent use; messages of one Caller one at a time.
type Dispatcher struct {
	config Config
	store  *txn.Store
	guard  *guard.Guard
	events Publisher
	log    *slog.Logger
	table  tableRef
	lanes  *lanes
	gate   gate
	clock  *clock
	serial atomic.Uint64 // numbers messages that have no id
}

// New returns a Dispatcher without handlers.
func New(config Config, store *txn.Store, breaker *guard.Guard, events Publisher, log *slog.Logger) *Dispatcher {
	d := &Dispatcher{
		config: config, store: store, guard: breaker, events: events, log: log,
		lanes: newLanes(), gate: newGate(config.Running), clock: newClock(store.LastTime()),
	}
	d.table.Store(&Table{})
	return d
}

// Use makes t the table of routes. Messages that are being handled end with the one they began with.
func (d *Dispatcher) Use(t *Table) { d.table.Store(t) }

// Reply is the answer to a message.
type Reply struct {
	Envelope []byte
	// Undecodable: the message was no envelope at all. Connections that send many of them are closed.
	Undecodable bool
}

// message is a message being handled.
type message struct {
	envelope.Header
	caller      Caller
	route       *route
	correlation string
	request     uint64 // number of the message on its connection
	started     time.Time
	attempts    int
	fuel        uint64 // of the last run
}

// Handle handles the message number request of caller and returns its answer. It borrows msg until return.
func (d *Dispatcher) Handle(ctx context.Context, caller Caller, request uint64, msg []byte) (reply Reply) {
	m := &message{caller: caller, request: request, started: time.Now()}
	defer func() {
		if p := recover(); p != nil {
			cause := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
			reply.Envelope = d.refuse(m, fault.New(fault.Internal, cause))
		}
	}()
	var err error
	if m.Header, err = envelope.Peek(msg); err != nil {
		return Reply{Envelope: d.refuse(m, fault.New(fault.Malformed, err)), Undecodable: true}
	}
	m.correlation = d.correlate(m.MessageID)
	answer, f := d.answer(ctx, m)
	if f != nil {
		return Reply{Envelope: d.refuse(m, f)}
	}
	d.record(m, slog.LevelInfo, telemetry.EventHandled, slog.Uint64(telemetry.Fuel, m.fuel))
	return Reply{Envelope: answer}
}

// correlate returns the id under which a message appears in the log.
func (d *Dispatcher) correlate(messageID []byte) string {
	if len(messageID) > 0 {
		return string(messageID)
	}
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	return "req-" + strconv.FormatUint(d.serial.Add(1), 10) + "-" + hex.EncodeToString(random[:])
}

// answer returns the envelope that answers m.
func (d *Dispatcher) answer(ctx context.Context, m *message) ([]byte, *fault.Fault) {
	if len(m.MessageID) > envelope.MaxMessageIDBytes {
		return nil, fault.Refuse(fault.Invalid, "message_id is longer than "+strconv.Itoa(envelope.MaxMessageIDBytes)+" bytes")
	}
	if m.Number == envelope.Ping {
		return d.pong(m)
	}
	m.route = d.table.Load().routes[m.Number]
	if m.route == nil {
		return nil, fault.Refuse(fault.Invalid, "The message has no payload that this server handles")
	}
	ctx, cancel := context.WithDeadline(ctx, m.started.Add(d.config.Timeout))
	defer cancel()
	if f := d.open(ctx, m); f != nil {
		return nil, f
	}
	d.record(m, slog.LevelDebug, telemetry.EventEntered)
	return d.call(ctx, m)
}

// pong answers a Ping, which needs neither handler nor storage.
func (d *Dispatcher) pong(m *message) ([]byte, *fault.Fault) {
	timestamp, ok := envelope.PingTimestamp(m.Payload)
	if !ok {
		return nil, fault.New(fault.Malformed, errors.New("malformed Ping"))
	}
	return envelope.Append(nil, m.MessageID, m.started.Unix(), envelope.Pong, envelope.AppendPong(nil, timestamp)), nil
}

// open tells the handlers of a session before its first message is handled.
func (d *Dispatcher) open(ctx context.Context, m *message) *fault.Fault {
	if m.caller.Opened() {
		return nil
	}
	if r := d.table.Load().routes[abi.RouteSessionOpened]; r != nil {
		opening := &message{caller: m.caller, route: r, correlation: m.correlation, request: m.request, started: m.started}
		if _, f := d.call(ctx, opening); f != nil {
			return f
		}
	}
	m.caller.MarkOpened()
	return nil
}

// call passes the breaker, waits for the route's lane and the gate, and runs m until it is committed or refused.
func (d *Dispatcher) call(ctx context.Context, m *message) ([]byte, *fault.Fault) {
	pass, err := d.guard.Admit()
	if err != nil {
		return nil, classify(err)
	}
	result := guard.Neither
	defer func() { pass.Done(result) }()
	var lane *turn
	if m.route.Serial != 0 {
		lane, err = d.lanes.enter(ctx, m.route.Serial, envelope.Field(m.Payload, m.route.Serial))
		defer lane.leave()
		if err != nil {
			return nil, classify(err)
		}
	}
	reply, f := d.run(ctx, m, lane)
	result = verdict(f)
	return reply, f
}

// refuse logs f and builds the error envelope for it.
func (d *Dispatcher) refuse(m *message, f *fault.Fault) []byte {
	level := slog.LevelWarn
	if f.Kind == fault.Internal || f.Kind == fault.Deadline {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String(telemetry.Code, f.WireCode()), slog.String(telemetry.Kind, f.Kind.String()), slog.Any(telemetry.Error, f),
		slog.Uint64(telemetry.Fuel, m.fuel),
	}
	var run *failure
	if errors.As(f, &run) && run.outcome.Reason != "" {
		attrs = append(attrs, slog.String(telemetry.Reason, string(run.outcome.Reason)), slog.String(telemetry.Hash, run.handler.Hash))
	}
	d.record(m, level, telemetry.EventFailed, attrs...)
	return envelope.AppendError(nil, m.MessageID, time.Now().Unix(), f.WireCode(), cut(f.Text(), d.config.MaxErrorMessage), f.Field)
}

// cut shortens text to at most limit characters.
func cut(text string, limit int) string {
	count := 0
	for i := range text {
		if count == limit {
			return text[:i]
		}
		count++
	}
	return text
}

// record writes one log line about m.
func (d *Dispatcher) record(m *message, level slog.Level, event string, attrs ...slog.Attr) {
	if !d.log.Enabled(context.Background(), level) {
		return
	}
	name := "Unknown"
	switch {
	case m.route != nil:
		name = m.route.Name
	case m.Number == envelope.Ping:
		name = "Ping"
	}
	who := m.caller.Identity()
	attrs = append([]slog.Attr{
		slog.String(telemetry.CorrelationID, m.correlation),
		slog.Uint64(telemetry.RequestSeq, m.request),
		telemetry.ID(telemetry.UserID, who.User),
		telemetry.ID(telemetry.ConnectionID, who.Connection),
		slog.String(telemetry.Handler, name),
		telemetry.Milliseconds(telemetry.DurationMS, time.Since(m.started)),
	}, attrs...)
	d.log.LogAttrs(context.Background(), level, event, attrs...)
}
