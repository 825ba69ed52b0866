package dispatch

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"sync/atomic"
	"time"
	"unsafe"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/fault"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/storage"
	"workcell/storage/feed"
	"workcell/storage/guard"
	"workcell/storage/ledger"
	"workcell/storage/txn"
)

// message is a message that is being handled. It is used for one after the other, so that handling one allocates nothing:
// take forgets everything but buffers.
//
// It is held by the goroutine in Handle, and from the commit on by the syncer of the store too. Whoever lets go of it last
// sends the answer. Once it is parked the first one writes nothing but its own times, until the syncer has said that it is
// durable; the outcome is the syncer's.
//
// When the first one has let go, or waits for the syncer, the outcome may become the deadline's (unsynced.go). Then the
// answer is sent at once, and the syncer, which still holds m, writes nothing of it any more.
type message struct {
	envelope.Header // views of the client's bytes: nothing of it is left when Handle returns
	dispatch        *Dispatcher
	caller          Caller
	who             abi.Identity // of the caller, while a guest may ask
	request         uint64       // number of the message on its connection; 0: the host's own, which nobody is answered
	id              []byte       // message_id
	correlation     []byte       // under which it appears in the log
	route           *route
	input           []byte // what the guest gets: the payload, or what is in it
	patience        patience
	told            telemetry.Message

	call     sandbox.Call
	entry    ledger.Entry
	row      feed.Row
	turn     turn
	pass     guard.Pass
	ticket   uint64                       // of the clock
	logger   func(level int, line string) // guestLog, bound once
	placed   bool                         // has a place in the gate
	writing  bool                         // has a ticket
	attempts int

	reply    []byte
	wrapped  []byte        // spare buffer of wrap
	fault    *fault.Fault  // what the client is told instead of reply
	parked   bool          // the syncer has it too
	inQueue  bool          // has a place among the commits that wait for the disk
	mustWait bool          // for the syncer, before the next message: that one must see the changes of subscriptions
	resumes  bool          // its subscriptions were made by Apply, and Resume is to follow
	durable  chan struct{} // has room for one: said by the syncer at its end
	lastWord atomic.Int32  // who has it
	holders  atomic.Int32

	earlier, later *message // in unsynced
	listed         bool
}

var _ txn.Waiter = (*message)(nil)

const (
	// maxKeptBytes is the largest buffer that a message keeps for the next one.
	maxKeptBytes = 16 << 10
	// largeReply is the largest reply of which a connection may have several on their way.
	largeReply = 64 << 10
)

// take returns a message that is held once.
func (d *Dispatcher) take(ctx context.Context, caller Caller, request uint64) *message {
	var m *message
	select {
	case m = <-d.idle:
	default:
		m = &message{durable: make(chan struct{}, 1)}
		m.logger = m.guestLog
	}
	now := time.Now()
	*m = message{
		dispatch: d, caller: caller, request: request,
		patience: patience{ctx: ctx, until: now.Add(d.config.Timeout), alarm: m.patience.alarm},
		told:     telemetry.Message{Received: now, Outcome: telemetry.Succeeded},
		id:       small(m.id), correlation: m.correlation[:0], reply: small(m.reply), wrapped: small(m.wrapped),
		call: m.call, entry: m.entry, row: m.row, turn: m.turn, logger: m.logger, durable: m.durable,
	}
	m.holders.Store(1)
	return m
}

// small empties a buffer, and lets go of a large one.
func small(buffer []byte) []byte {
	if cap(buffer) > maxKeptBytes {
		return nil
	}
	return buffer[:0]
}

// few empties a list, and lets go of what is in it, and of a long one.
func few[T any](list []T) []T {
	const most = 64
	if cap(list) > most {
		return nil
	}
	clear(list[:cap(list)])
	return list[:0]
}

// put gives m back.
func (d *Dispatcher) put(m *message) {
	m.entry.Reset()
	m.call.Reset()
	e := &m.call.Effects
	e.Reply, e.Events, e.Changes = small(e.Reply), few(e.Events), few(e.Changes)
	m.input, m.Header, m.caller, m.call.Input, m.call.Identity, m.call.Held, m.call.Cancel = nil, envelope.Header{}, nil, nil, nil, nil, nil
	select {
	case d.idle <- m:
	default:
	}
}

// identify notes the id of the message, and the one under which it appears in the log.
func (m *message) identify() {
	m.id = append(m.id, m.MessageID...)
	m.correlation = append(m.correlation, m.MessageID[:min(len(m.MessageID), envelope.MaxMessageIDBytes)]...) // longer ones are refused
	if len(m.id) == 0 {
		var random [16]byte
		_, _ = rand.Read(random[:]) // never fails
		m.correlation = append(m.correlation, "req-"...)
		m.correlation = strconv.AppendUint(m.correlation, m.dispatch.serial.Add(1), 10)
		m.correlation = append(m.correlation, '-')
		m.correlation = hex.AppendEncode(m.correlation, random[:])
	}
}

// park lets the syncer hold m too, before a commit or a rollback; unpark is for one that failed.
func (m *message) park() {
	m.holders.Add(1)
	m.parked = true
}

func (m *message) unpark() {
	m.parked = false
	m.holders.Add(-1) // the caller has one more
}

// Durable implements txn.Waiter: what m wrote and saw is durable, or nobody knows.
func (m *message) Durable(sequence storage.Sequence, err error) {
	defer m.release()
	defer func() { m.durable <- struct{}{} }()
	defer m.rescue()
	inTime := m.lastWord.CompareAndSwap(nobody, syncer)
	m.dispatch.unsynced.remove(m)
	m.leaveQueue()
	if inTime {
		m.told.Durable = time.Now()
	}
	switch {
	case err == nil:
		m.tell(sequence)
	case inTime:
		m.refuse(classify(err))
	}
}

// tell publishes the events of a commit, and makes its changes of subscriptions real. A call that was refused has neither.
func (m *message) tell(sequence storage.Sequence) {
	e := &m.call.Effects
	if len(e.Events) > 0 {
		m.dispatch.events.Publish(sequence, m.call.NowMS/1000, e.Events)
	}
	if len(e.Changes) > 0 {
		_, m.resumes = m.resumeAfter()
		m.caller.Apply(sequence, e.Changes, m.resumes)
	}
}

// leave lets the goroutine in Handle go. What is parked is answered at its deadline at the latest.
func (m *message) leave() {
	if m.parked {
		m.dispatch.unsynced.add(m)
	}
	m.release()
}

// release lets go of m. The last one sends the answer, unless the deadline was quicker.
func (m *message) release() {
	if m.holders.Add(-1) > 0 {
		return
	}
	select {
	case <-m.durable: // nobody has waited for it
	default:
	}
	if m.lastWord.Load() != deadline {
		m.conclude()
	}
	m.dispatch.put(m)
}

// conclude tells the breaker and the client how m ended. It is called once, by whoever has the last word.
func (m *message) conclude() {
	m.pass.Done(verdict(m.fault))
	if m.request > 0 {
		m.send()
	}
}

// send sends the answer and tells the observer.
func (m *message) send() {
	d := m.dispatch
	if f := m.fault; f != nil {
		m.reply = envelope.AppendError(m.reply[:0], m.id, time.Now().Unix(), f.WireCode(), cut(f.Text(), d.config.MaxErrorMessage), f.Field)
		m.told.Outcome, m.told.Code, m.told.Reply = f.Kind.String(), f.WireCode(), envelope.Error
		m.told.StorageFailed = verdict(f) == guard.Failure
	}
	m.caller.Reply(m.request, m.reply)
	if d.config.Observer == nil {
		return
	}
	m.told.Handler, m.told.Correlation = m.handler(), unsafe.String(unsafe.SliceData(m.correlation), len(m.correlation)) // borrowed
	m.told.BytesOut, m.told.Answered = len(m.reply), time.Now()
	if !m.told.Durable.IsZero() && m.told.Durable.Before(m.told.Applied) { // the other hand was quicker
		m.told.Applied = m.told.Durable
	}
	d.config.Observer.Handled(&m.told)
}
