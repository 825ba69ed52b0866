package dispatch

import (
	"bytes"
	"context"
	"errors"
)

// ErrNoRoute is returned for a call that no handler takes.
var ErrNoRoute = errors.New("no handler that is in service takes this call")

// Call runs one of the routes that handlers have for the host itself, as a client's message is run: on a transaction that
// commits, with its events and its changes of subscriptions. It returns the reply when everything is durable and told. The
// error is a *fault.Fault, or ErrNoRoute; what is not durable when the call's time is up is Uncertain.
func (d *Dispatcher) Call(ctx context.Context, caller Caller, id uint32, input []byte) ([]byte, error) {
	route := d.table.Load().routes[id]
	if route == nil {
		return nil, ErrNoRoute
	}
	m := d.take(ctx, caller, 0)
	defer m.leave()
	m.identify()
	m.route, m.input = route, input
	if f := m.admit(); f != nil {
		return nil, f
	}
	m.wait()
	if m.fault != nil {
		return nil, m.fault
	}
	return bytes.Clone(m.call.Effects.Reply), nil
}
