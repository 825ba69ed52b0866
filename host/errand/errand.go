// Package errand runs calls that the host makes for itself: no client sent a message, and no envelope goes back. The
// operator's tools ask handlers this way about what only handlers know.
//
// A call is run as a client's is: on a transaction, in a pristine instance, with fuel, time and seed. Its identity is
// nobody's: all zero.
package errand

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/storage/txn"
)

// MaxRun bounds one run of a guest. It is longer than that of a client's call: nobody waits in line behind an errand.
const MaxRun = 30 * time.Second

// Runner runs calls: a sandbox.Pool.
type Runner interface {
	Run(c *sandbox.Call, execution time.Duration) sandbox.Outcome
}

// Handler runs errands in one handler, on one store. Safe for concurrent use.
type Handler struct {
	Manifest *abi.Manifest
	Runner   Runner
	Store    *txn.Store
	Settings sandbox.Settings
}

// route returns the handler's declaration of a route.
func (h *Handler) route(id uint32) (abi.Route, bool) {
	i := slices.IndexFunc(h.Manifest.Routes, func(r abi.Route) bool { return r.ID == id })
	if i < 0 {
		return abi.Route{}, false
	}
	return h.Manifest.Routes[i], true
}

// Offers reports whether the handler takes a route.
func (h *Handler) Offers(route uint32) bool {
	_, ok := h.route(route)
	return ok
}

// Read runs a route on a state of the store that does not change, and returns the reply once all of that state is durable.
// Writing is a trap; events and changes of subscriptions are dropped. A handler that does not take the route, refuses, or
// ends otherwise than well is an error that names it; that of a store that failed under the call is in it.
func (h *Handler) Read(ctx context.Context, route uint32, input []byte) ([]byte, error) {
	r, ok := h.route(route)
	if !ok {
		return nil, fmt.Errorf("handler %s %s does not take route %d", h.Manifest.Name, h.Manifest.Version, route)
	}
	t, err := h.Store.Begin()
	if err != nil {
		return nil, err
	}
	defer t.Discard()
	now := time.Now()
	c := &sandbox.Call{
		Route: r.ID, Input: input, Identity: &abi.Identity{}, Store: t, ReadOnly: true, Settings: h.Settings,
		NowMS: max(now.UnixMilli(), h.Store.LastTime()), Fuel: r.Fuel, Until: now.Add(MaxRun), Cancel: ctx,
	}
	_, _ = rand.Read(c.Seed[:]) // never fails
	out := h.Runner.Run(c, MaxRun)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := failure(out, c.Effects.Refusal); err != nil {
		return nil, fmt.Errorf("handler %s %s, %s: %w", h.Manifest.Name, h.Manifest.Version, r.Name, err)
	}
	return c.Effects.Reply, h.Store.WaitDurable(ctx, t.Visible())
}

// failure returns what is wrong with the end of a run, or nil.
func failure(out sandbox.Outcome, refusal sandbox.Refusal) error {
	switch {
	case out.Status == sandbox.OK:
		return nil
	case out.Status == sandbox.Refused:
		return fmt.Errorf("%s: %s %s", out.Status, refusal.Code, refusal.Message)
	case out.Reason != "":
		return fmt.Errorf("%s (%s): %w", out.Status, out.Reason, out.Err)
	}
	return fmt.Errorf("%s: %w", out.Status, out.Err)
}
