package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"strconv"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/fault"
	"workcell/host/telemetry"
	"workcell/storage"
)

// answer finds who handles m and has it handled. It returns what m is refused with, or nil if the answer is ready or m is
// parked.
func (m *message) answer() *fault.Fault {
	d := m.dispatch
	if len(m.id) > envelope.MaxMessageIDBytes {
		return fault.Refuse(fault.Invalid, "message_id is longer than "+strconv.Itoa(envelope.MaxMessageIDBytes)+" bytes")
	}
	if m.Number == envelope.Ping {
		return m.pong()
	}
	table := d.table.Load()
	if f := m.find(table); f != nil {
		return f
	}
	if !m.caller.Opened() {
		switch f := m.open(table.routes[abi.RouteSessionOpened]); {
		case f == nil:
			m.caller.MarkOpened()
		case !errors.Is(f, storage.ErrReadOnly): // else who is not known yet may read
			return f
		}
	}
	m.record(slog.LevelDebug, telemetry.EventEntered)
	return m.admit()
}

// find finds the route of m, and what of its payload is for the guest.
func (m *message) find(table *Table) *fault.Fault {
	if m.Number == envelope.CallRequest {
		return m.findCustom(table)
	}
	m.input = m.Payload
	if m.route = table.routes[m.Number]; m.route == nil {
		return fault.Refuse(fault.Invalid, "The message has no payload that this server handles")
	}
	return nil
}

// findCustom is find for a route that has a name instead of a message of its own.
func (m *message) findCustom(table *Table) *fault.Fault {
	name, payload, ok := envelope.ReadCall(m.Payload)
	switch {
	case !ok:
		return fault.New(fault.Malformed, errors.New("malformed CallRequest"))
	case !envelope.ValidRoute(name):
		return fault.Refuse(fault.Invalid, "The route must be 1 to "+strconv.Itoa(envelope.MaxRouteBytes)+" characters of a-z 0-9 . _ - /")
	}
	m.input = payload
	if m.route = table.custom[string(name)]; m.route == nil {
		return fault.New(fault.NotFound, errors.New("no handler has this custom route"))
	}
	return nil
}

// pong answers a Ping, which needs neither handler nor storage.
func (m *message) pong() *fault.Fault {
	timestamp, ok := envelope.PingTimestamp(m.Payload)
	if !ok {
		return fault.New(fault.Malformed, errors.New("malformed Ping"))
	}
	var space [16]byte
	payload := envelope.AppendPong(space[:0], timestamp)
	m.reply = envelope.Append(m.reply, m.id, m.told.Received.Unix(), envelope.Pong, payload)
	m.told.Reply = envelope.Pong
	m.handled()
	return nil
}

// Open tells the handlers of a caller, as the first message of one does. It is for callers who send none.
func (d *Dispatcher) Open(ctx context.Context, caller Caller) error {
	m := d.take(ctx, caller, 0)
	defer m.release()
	m.correlation = append(m.correlation, "open"...)
	if f := m.open(d.table.Load().routes[abi.RouteSessionOpened]); f != nil {
		return f
	}
	caller.MarkOpened()
	return nil
}

// open tells the handlers of a session before its first message is handled.
func (m *message) open(route *route) *fault.Fault {
	if route == nil {
		return nil
	}
	o := m.dispatch.take(m.patience.ctx, m.caller, 0)
	defer o.leave()
	o.route, o.patience.until = route, m.patience.until
	o.correlation = append(o.correlation, m.correlation...)
	f := o.admit()
	m.told.Retries += o.told.Retries
	if f != nil || !o.mustWait {
		return f
	}
	o.wait()
	return o.fault
}

// admit passes the breaker and has m tried; again, if the storage has failed it and m is no client's write.
func (m *message) admit() *fault.Fault {
	d := m.dispatch
	if m.route.Kind == abi.KindWrite && d.config.Disk != nil {
		if err := d.config.Disk.Writable(); err != nil {
			return classify(err)
		}
	}
	var err error
	if m.pass, err = d.guard.Admit(); err != nil {
		return classify(err)
	}
	f := m.try()
	if f != nil && m.route.Kind != abi.KindWrite {
		f = m.tryAgain(f)
	}
	if f != nil { // the breaker hears of it even if nobody is answered
		m.fault = f
	}
	return f
}

// try waits for the route's lane, the queue of commits and the gate, and runs m until it is parked or refused.
func (m *message) try() *fault.Fault {
	d := m.dispatch
	defer m.settle()
	if m.route.Serial != 0 {
		if err := d.lanes.enter(&m.turn, &m.patience, m.route.Serial, envelope.Field(m.input, m.route.Serial)); err != nil {
			return classify(err)
		}
	}
	if m.route.Kind == abi.KindWrite {
		if err := m.enterQueue(); err != nil {
			return classify(err)
		}
	}
	if err := m.enterGate(); err != nil {
		return classify(err)
	}
	m.turn.run()
	return m.run()
}

// settle gives up the places, the turn and the time: the writes are applied, or never will be. What is parked keeps its
// place among those that wait for the disk. It may be called again.
func (m *message) settle() {
	if m.writing {
		m.writing = false
		m.dispatch.clock.finish(m.ticket)
	}
	m.turn.leave()
	m.leaveGate()
	if !m.parked {
		m.leaveQueue()
	}
}

func (m *message) enterGate() error {
	err := m.dispatch.gate.enter(&m.patience)
	m.placed = err == nil
	return err
}

func (m *message) leaveGate() {
	if m.placed {
		m.placed = false
		m.dispatch.gate.leave()
	}
}

// enterQueue waits for a place among the commits that wait for the disk. Nobody waits for it who has a place in the gate:
// that one is for calls that run.
func (m *message) enterQueue() error {
	err := m.dispatch.queue.enter(&m.patience)
	m.inQueue = err == nil
	return err
}

// leaveQueue gives the place to the next one.
func (m *message) leaveQueue() {
	if m.inQueue {
		m.inQueue = false
		m.dispatch.queue.leave()
	}
}
