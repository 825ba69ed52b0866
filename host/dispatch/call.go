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
	if m.route = table.routes[m.Number]; m.route == nil {
		return fault.Refuse(fault.Invalid, "The message has no payload that this server handles")
	}
	if !m.caller.Opened() {
		if f := m.open(table.routes[abi.RouteSessionOpened]); f != nil {
			return f
		}
		m.caller.MarkOpened()
	}
	m.record(slog.LevelDebug, telemetry.EventEntered)
	return m.admit()
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
	defer o.release()
	o.route, o.patience.until = route, m.patience.until
	o.correlation = append(o.correlation, m.correlation...)
	if f := o.admit(); f != nil || !o.mustWait {
		return f
	}
	<-o.durable
	return o.fault
}

// admit passes the breaker, waits for the route's lane and the gate, and runs m until it is parked or refused.
func (m *message) admit() *fault.Fault {
	d := m.dispatch
	var err error
	if m.pass, err = d.guard.Admit(); err != nil {
		return classify(err)
	}
	defer m.settle()
	if m.route.Serial != 0 {
		if err := d.lanes.enter(&m.turn, &m.patience, m.route.Serial, envelope.Field(m.Payload, m.route.Serial)); err != nil {
			return classify(err)
		}
	}
	if err := d.gate.enter(&m.patience); err != nil {
		return classify(err)
	}
	m.placed = true
	m.turn.run()
	return m.run()
}

// settle gives up the place, the turn and the time: the writes are applied, or never will be. It may be called again.
func (m *message) settle() {
	if m.writing {
		m.writing = false
		m.dispatch.clock.finish(m.ticket)
	}
	m.turn.leave()
	if m.placed {
		m.placed = false
		m.dispatch.gate.leave()
	}
}
