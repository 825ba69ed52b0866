package dispatch

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/fault"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/storage"
	"workcell/storage/ledger"
	"workcell/storage/planted"
	"workcell/storage/txn"
)

// maxAttempts is how often a call runs at most: after so many lost conflicts the client is told to come back.
const maxAttempts = 9

// run runs the guest for m until its commit succeeds, or something else ends it.
func (m *message) run() *fault.Fault {
	m.prepare()
	for m.attempts = 1; ; m.attempts++ {
		err := m.attempt()
		if !errors.Is(err, storage.ErrConflict) {
			return classify(err)
		}
		m.told.Conflicts++
		if m.attempts == maxAttempts {
			return classify(err)
		}
		if err := m.patience.spent(); err != nil {
			return classify(err)
		}
		m.turn.lose()
		m.call.Reset()
	}
}

// prepare gives the call its time, its seed and all else that stays the same when it runs again.
func (m *message) prepare() {
	d, c := m.dispatch, &m.call
	if m.told.Admitted.IsZero() {
		m.told.Admitted = time.Now()
	}
	m.told.Reply = m.route.Reply
	m.who = m.caller.Identity()
	c.Route, c.Input, c.Identity, c.Held = m.route.ID, m.input, &m.who, m.caller
	c.Settings, c.Limits, c.Log = d.config.Settings, sandbox.Limits{}, m.logger
	c.Fuel, c.Until, c.Cancel = d.fuel(m.route), m.patience.until, m.patience.ctx
	_, _ = rand.Read(c.Seed[:]) // never fails
	c.ReadOnly = m.route.Kind == abi.KindRead
	if c.ReadOnly {
		c.NowMS = d.clock.read()
	} else {
		c.NowMS, m.ticket = d.clock.begin()
		m.writing = true
	}
	if m.remembered() {
		m.entry.Begin(c.Identity.User, m.id, m.Number, m.Payload, c.NowMS)
	}
}

// remembered reports whether m is not to be executed twice.
func (m *message) remembered() bool { return m.route.Kind == abi.KindWrite && len(m.id) > 0 }

// fuel returns the budget of a route's calls: what it asks for, or the default, as far as the operator allows.
func (d *Dispatcher) fuel(r *route) uint64 {
	budget := r.Fuel
	if budget == 0 {
		budget = sandbox.DefaultFuel
	}
	if d.config.MaxFuel > 0 {
		budget = min(budget, d.config.MaxFuel)
	}
	return budget
}

// attempt runs the call once, on a transaction of its own. After nil m is parked: with its reply, or with a refusal that
// came of what the transaction has seen.
func (m *message) attempt() error {
	t, err := m.dispatch.store.Begin()
	if err != nil {
		return err
	}
	defer t.Discard()
	if m.remembered() {
		outcome, stored, err := m.entry.Lookup(t)
		switch {
		case err != nil:
			return err
		case outcome == ledger.Reused:
			return m.rollback(t, fault.Refuse(fault.Invalid, "message_id was used before, for another request"))
		case outcome == ledger.Replay:
			m.reply = append(m.reply[:0], stored...)
			m.told.Outcome = telemetry.Replayed
			m.record(slog.LevelInfo, telemetry.EventReplayed)
			return m.rollback(t, nil)
		}
	}
	if err := m.guest(t); err != nil {
		f := classify(err)
		if passing(f) { // it tells nothing of what t has seen
			return f
		}
		return m.rollback(t, f)
	}
	m.wrap()
	m.reply = envelope.Append(m.reply[:0], m.id, m.call.NowMS/1000, m.route.Reply, m.call.Effects.Reply)
	if m.remembered() && planted.Bug != planted.LedgerOutsideBatch {
		if err := m.entry.Record(t, m.reply); err != nil {
			return err
		}
	}
	return m.commit(t)
}

// wrap puts the messages for custom routes around what the guest has to say in them: it only knows what is inside.
func (m *message) wrap() {
	e := &m.call.Effects
	if m.route.Reply == envelope.CallReply {
		m.wrapped = envelope.AppendCallReply(m.wrapped[:0], m.route.Name, e.Reply)
		e.Reply, m.wrapped = m.wrapped, e.Reply
	}
	for i := range e.Events {
		if event := &e.Events[i]; event.Route == envelope.CallEvent {
			event.Payload = envelope.AppendCallEvent(nil, m.route.Name, event.Scopes[0].String(), event.Payload)
		}
	}
}

// guest runs the guest of m's route on t. A run that did not end well is an error: *failure.
func (m *message) guest(t *txn.Txn) error {
	c := &m.call
	c.Store = t
	execution := m.dispatch.config.Execution
	if wish := time.Duration(m.route.DeadlineMS) * time.Millisecond; wish > 0 {
		execution = min(execution, wish)
	}
	m.told.Called = time.Now()
	out := m.route.handler.Runner.Run(c, execution)
	m.told.Returned = time.Now()
	m.told.Fuel += out.Fuel
	c.Store = nil
	if out.Status == sandbox.OK {
		return nil
	}
	return &failure{outcome: out, refusal: c.Effects.Refusal, handler: m.route.handler, stderr: string(c.Stderr)}
}

// rollback drops what the call wrote. m is parked with f, or with the reply it has, until what t has seen is durable.
func (m *message) rollback(t *txn.Txn, f *fault.Fault) error {
	if f != nil {
		m.refuse(f)
	}
	m.mustWait = m.large() || f != nil && m.request == 0
	m.call.Effects.Events, m.call.Effects.Changes = m.call.Effects.Events[:0], m.call.Effects.Changes[:0]
	m.park()
	if err := t.Rollback(m); err != nil {
		m.unpark()
		return err
	}
	return nil
}

// large reports whether the reply is one of which a connection may hold only one.
func (m *message) large() bool { return len(m.reply) > largeReply }

// commit commits t with the events of the call. m is parked until it is durable.
func (m *message) commit(t *txn.Txn) error {
	c := &m.call
	if c.ReadOnly { // no route that is loaded declares any
		c.Effects.Events = c.Effects.Events[:0]
	}
	if len(c.Effects.Events) > 0 {
		m.row.Begin(c.NowMS / 1000)
		for i := range c.Effects.Events {
			e := &c.Effects.Events[i]
			m.row.Add(e.Scopes, e.Route, e.Payload)
		}
		if err := m.row.Append(t); err != nil {
			return err
		}
	}
	if len(c.Effects.Changes) > 0 {
		t.Announce()
	}
	if len(c.Effects.Changes) > 0 && !m.inQueue { // a read that subscribes
		m.leaveGate()
		err := m.enterQueue()
		if err == nil {
			err = m.enterGate()
		}
		if err != nil {
			return err
		}
	}
	m.mustWait = m.large() || len(c.Effects.Changes) > 0
	m.park()
	sequence, err := t.Commit(c.NowMS, m)
	if err != nil {
		m.unpark()
		m.mustWait = false
		return err
	}
	if m.writing || len(c.Effects.Changes) > 0 {
		m.told.Applied = time.Now()
	}
	m.settle()
	if m.request > 0 {
		m.handled()
	}
	if planted.Bug == planted.LedgerOutsideBatch && m.remembered() {
		m.recordLate()
	}
	m.dispatch.trimIfDue(sequence)
	return nil
}

// recordLate is a planted mistake.
func (m *message) recordLate() {
	if t, err := m.dispatch.store.Begin(); err == nil {
		_ = m.entry.Record(t, m.reply)
		_, _ = t.Commit(m.call.NowMS, nil)
		t.Discard()
	}
}
