// Package dispatch handles messages: it finds the route, admits the call, runs it on a transaction, commits, and builds
// the reply.
//
//	message -> envelope -> route -> is it a write, and none is taken? -> breaker -> lane -> gate -> time and seed
//	        -> transaction: idempotency record, guest, record of the reply, events for the feed -> commit
//	        -> (the next message of the connection may run) -> sync
//	        -> events to the fan-out, in commit order -> reply to the caller
//
// A commit that lost against a concurrent one runs the guest again, on a pristine instance with the same time and seed.
// What the storage has failed is tried again a little later, from the lane on, unless it is a client's write (retry.go).
// Whatever else goes wrong rolls the transaction back and becomes a fault.Fault in one place (classify.go); the client
// gets its neutral text, the log its cause.
//
// # Two hands
//
// Handle runs on the caller's goroutine and returns when the writes are applied, before they are durable. From then on the
// message is parked: a value that waits for the syncer of the store, which publishes the events and makes the changes of
// subscriptions real, between two commits. The reply leaves when both hands have let go of the message. What a guest made
// of what it saw, a refusal too, waits in the same way: nothing that depends on a commit is told before it is durable.
//
// What takes long is not the syncer's: a client that was away gets what it missed from the goroutine in Handle (resume.go).
//
// A disk may hang for ever, and then nobody knows what is durable. So what is parked is answered at its deadline at the
// latest, with fault.Uncertain as after a sync that failed (unsynced.go). When the sync ends after all, events and
// subscriptions are told as always, and a retry gets the reply that was stored.
//
// The package owns no sockets, and no goroutine but that of a timer. Time limits: Config.Timeout from Handle until the
// answer, Config.Execution for each run of the guest.
package dispatch

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/fault"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/storage"
	"workcell/storage/feed"
	"workcell/storage/guard"
	"workcell/storage/txn"
)

// Config of a Dispatcher.
type Config struct {
	Timeout         time.Duration // from Handle to the answer
	Execution       time.Duration // one run of a guest
	Running         int           // calls that run at once; 0: one for each processor
	MaxFuel         uint64        // most that a route may ask for; 0: no limit
	MaxErrorMessage int           // characters of an error's text
	Settings        sandbox.Settings
	Feed            feed.Retention // how much of the past can be resumed
	Retry           guard.Retry    // of what the storage has failed, but for clients' writes
	Disk            Disk           // nil: takes all writes
	Observer        Observer       // nil: nobody
}

// Disk tells whether the storage takes writes, at once: nil, or why not. Those that are pointless to try are refused without
// running a guest.
type Disk interface{ Writable() error }

// Observer is told of each message when its answer has left. It borrows m until return and must be quick: it is called by
// the syncer of the store, one message at a time, by the caller of Handle, or by a timer.
type Observer interface {
	Handled(m *telemetry.Message)
}

// Caller is the connection a message came from.
type Caller interface {
	sandbox.Held
	Identity() abi.Identity
	// Reply takes the answer to a request, exactly once for each, in any order, from any goroutine. It borrows envelope
	// until return and must not block.
	Reply(request uint64, envelope []byte)
	// Apply makes the changes of subscriptions of a committed call real. It is called by the syncer of the store, in the
	// call's place in the order of commits: the events of those before it and its own were published, no others. If
	// resume, the caller of Handle calls Resume next, and no event of a later commit reaches the client before.
	Apply(commit storage.Sequence, changes []sandbox.Change, resume bool)
	// Resume sends the events of the subscriptions that were made by Apply, from those behind the commit after up to its
	// place, and reports whether it could. It may take its time.
	Resume(after storage.Sequence) (complete bool, err error)
	// Opened tells whether handlers were told of the session. MarkOpened says that they were.
	Opened() bool
	MarkOpened()
}

// Publisher takes the events of commits, in commit order, one call at a time. It borrows events until return and must not
// block.
type Publisher interface {
	Publish(sequence storage.Sequence, now int64, events []sandbox.Event)
}

// Dispatcher handles messages. Safe for concurrent use; messages of one Caller one at a time.
type Dispatcher struct {
	config   Config
	store    *txn.Store
	guard    *guard.Guard
	events   Publisher
	log      *slog.Logger
	table    tableRef
	lanes    *lanes
	gate     gate
	queue    gate // of commits that wait for the disk
	clock    *clock
	idle     chan *message
	unsynced unsynced
	serial   atomic.Uint64 // numbers messages that have no id
	trimmed  atomic.Uint64 // the commit at which the feed was trimmed
}

// idleMessages is how many messages are kept for reuse, with their buffers.
const idleMessages = 256

// New returns a Dispatcher without handlers.
func New(config Config, store *txn.Store, breaker *guard.Guard, events Publisher, log *slog.Logger) *Dispatcher {
	config.Feed = config.Feed.WithDefaults()
	d := &Dispatcher{
		config: config, store: store, guard: breaker, events: events, log: log,
		lanes: newLanes(), gate: newGate(config.Running), queue: newGate(maxUnsynced), clock: newClock(store.LastTime()), idle: make(chan *message, idleMessages),
	}
	d.table.Store(&Table{})
	d.trimmed.Store(uint64(store.Sequence()))
	return d
}

// Use makes t the table of routes. Messages that are being handled end with the one they began with.
func (d *Dispatcher) Use(t *Table) { d.table.Store(t) }

// Running returns how many calls have a place among those that run at once.
func (d *Dispatcher) Running() int { return len(d.gate) }

// Drain waits until the messages that Handle has returned from are answered.
func (d *Dispatcher) Drain(ctx context.Context) error {
	return d.store.WaitDurable(ctx, d.store.Sequence())
}

// Handle handles the message number request of caller, which gets its answer through Reply, at once or later. It returns
// when the caller's next message may be handled: that one sees what this one did. It borrows msg until return. It reports
// whether msg was an envelope at all; connections that send many others are closed.
func (d *Dispatcher) Handle(ctx context.Context, caller Caller, request uint64, msg []byte) (decodable bool) {
	m := d.take(ctx, caller, request)
	defer m.leave()
	defer m.rescue()
	m.told.BytesIn = len(msg)
	var err error
	if m.Header, err = envelope.Peek(msg); err != nil {
		m.refuse(fault.New(fault.Malformed, err))
		return false
	}
	m.identify()
	if f := m.answer(); f != nil {
		m.refuse(f)
	}
	if m.mustWait && !m.wait() {
		m.reply = small(m.reply)
		if len(m.call.Effects.Changes) > 0 { // the next message must see them all the same
			<-m.durable
		}
	}
	m.resume()
	return true
}

// rescue turns a panic of the host into a refusal, unless the outcome is certain already. Call it deferred.
func (m *message) rescue() {
	p := recover()
	if p == nil {
		return
	}
	f := fault.New(fault.Internal, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	if m.parked {
		m.failed(f)
	} else {
		m.refuse(f)
	}
}
