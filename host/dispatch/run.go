package dispatch

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/fault"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/storage"
	"workcell/storage/ledger"
	"workcell/storage/txn"
)

// maxAttempts is how often a call runs at most: after so many lost conflicts the client is told to come back.
const maxAttempts = 9

// run runs the guest for m until its commit succeeds, or something else ends it.
func (d *Dispatcher) run(ctx context.Context, m *message, lane *turn) ([]byte, *fault.Fault) {
	c := &sandbox.Call{
		Route: m.route.ID, Input: m.Payload, Identity: m.caller.Identity(), Held: m.caller,
		Settings: d.config.Settings, ReadOnly: m.route.Kind == abi.KindRead, Cancel: ctx,
		Fuel: d.fuel(m.route), Log: d.guestLog(m),
	}
	c.Until, _ = ctx.Deadline()
	_, _ = rand.Read(c.Seed[:]) // never fails
	if err := d.gate.enter(ctx); err != nil {
		return nil, classify(err)
	}
	lane.run()

	if c.ReadOnly {
		settle := sync.OnceFunc(d.gate.leave)
		defer settle()
		c.NowMS = d.clock.read()
		reply, err := d.read(ctx, m, c, settle)
		return reply, classify(err)
	}
	var ticket uint64
	c.NowMS, ticket = d.clock.begin()
	settle := sync.OnceFunc(func() { // the writes are applied, or never will be
		d.clock.finish(ticket)
		lane.leave()
		d.gate.leave()
	})
	defer settle()
	for {
		m.attempts++
		reply, err := d.write(ctx, m, c, settle)
		if !errors.Is(err, storage.ErrConflict) || m.attempts == maxAttempts {
			return reply, classify(err)
		}
		lane.lose()
		c.Reset()
	}
}

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

// read runs a call that only reads, and calls settle when it has run. Its reply waits until everything it may have seen is
// durable.
func (d *Dispatcher) read(ctx context.Context, m *message, c *sandbox.Call, settle func()) ([]byte, error) {
	t, err := d.store.Begin()
	if err != nil {
		return nil, err
	}
	defer t.Discard()
	if err := d.guest(m, c, t); err != nil {
		return nil, err
	}
	settle()
	if err := d.store.WaitDurable(ctx, t.Visible()); err != nil {
		return nil, err
	}
	m.caller.Apply(c.Effects.Changes)
	return m.reply(c), nil
}

// write runs a call that may write, once. settle is called when its writes are applied.
func (d *Dispatcher) write(ctx context.Context, m *message, c *sandbox.Call, settle func()) ([]byte, error) {
	t, err := d.store.Begin()
	if err != nil {
		return nil, err
	}
	defer t.Discard()

	user, digest := m.caller.Identity().User, [32]byte{}
	remember := m.route.Kind == abi.KindWrite && len(m.MessageID) > 0
	if remember {
		digest = ledger.Digest(m.Number, m.Payload)
		outcome, stored, err := ledger.Lookup(t, user, m.MessageID, digest, c.NowMS)
		switch {
		case err != nil:
			return nil, err
		case outcome == ledger.Reused:
			return nil, fault.Refuse(fault.Invalid, "message_id was used before, for another request")
		case outcome == ledger.Replay:
			return d.replay(ctx, m, t, stored)
		}
	}
	if err := d.guest(m, c, t); err != nil {
		return nil, err
	}
	reply := m.reply(c)
	if remember {
		if err := ledger.Record(t, user, m.MessageID, digest, c.NowMS, reply); err != nil {
			return nil, err
		}
	}
	if _, err := t.Commit(c.NowMS, d.announce(m, c)); err != nil {
		return nil, err
	}
	settle()
	return reply, t.Wait()
}

// replay answers with the stored reply, once it is certain to stay.
func (d *Dispatcher) replay(ctx context.Context, m *message, t *txn.Txn, stored []byte) ([]byte, error) {
	reply := append([]byte(nil), stored...)
	if err := d.store.WaitDurable(ctx, t.Visible()); err != nil {
		return nil, err
	}
	d.record(m, slog.LevelInfo, telemetry.EventReplayed)
	return reply, nil
}

// guest runs the guest of m's route on t. A run that did not end well is an error: *failure.
func (d *Dispatcher) guest(m *message, c *sandbox.Call, t storage.Writer) error {
	c.Store = t
	execution := d.config.Execution
	if wish := time.Duration(m.route.DeadlineMS) * time.Millisecond; wish > 0 {
		execution = min(execution, wish)
	}
	out := m.route.handler.Runner.Run(c, execution)
	m.fuel = out.Fuel
	if out.Status == sandbox.OK {
		return nil
	}
	return &failure{outcome: out, refusal: c.Effects.Refusal, handler: m.route.handler, stderr: string(c.Stderr)}
}

// reply builds the envelope of a successful call's reply.
func (m *message) reply(c *sandbox.Call) []byte {
	size := envelope.Size(m.MessageID, c.Effects.Reply)
	return envelope.Append(make([]byte, 0, size), m.MessageID, c.NowMS/1000, m.route.Reply, c.Effects.Reply)
}

// announce returns what is to happen when the commit of m is durable, or nil if that is nothing.
func (d *Dispatcher) announce(m *message, c *sandbox.Call) func(storage.Sequence) {
	events, changes := c.Effects.Events, c.Effects.Changes
	if len(events) == 0 && len(changes) == 0 {
		return nil
	}
	now := c.NowMS / 1000
	return func(sequence storage.Sequence) {
		d.events.Publish(sequence, now, events)
		m.caller.Apply(changes)
	}
}

// guestLog writes what the guest logs while it handles m.
func (d *Dispatcher) guestLog(m *message) func(level int, line string) {
	levels := [...]slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
	return func(level int, line string) {
		d.record(m, levels[level], telemetry.EventGuestLog, slog.String(telemetry.Line, line))
	}
}
