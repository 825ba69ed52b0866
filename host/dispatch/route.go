package dispatch

import (
	"fmt"
	"sync/atomic"
	"time"

	"workcell/abi"
	"workcell/host/sandbox"
)

// Runner runs calls: a sandbox.Pool.
type Runner interface {
	Run(c *sandbox.Call, execution time.Duration) sandbox.Outcome
}

// Handler is a handler as the dispatcher needs it.
type Handler struct {
	Manifest *abi.Manifest
	Hash     string
	Runner   Runner
}

// route is one kind of message and who handles it.
type route struct {
	abi.Route
	handler *Handler
}

// Table says which handler takes which message. Immutable.
type Table struct {
	routes map[uint32]*route
	custom map[string]*route // the custom ones, by the names that clients call
}

// NewTable returns the table of some handlers. Two handlers that claim the same route are an error.
func NewTable(handlers []*Handler) (*Table, error) {
	t := &Table{routes: map[uint32]*route{}, custom: map[string]*route{}}
	for _, h := range handlers {
		for _, r := range h.Manifest.Routes {
			taken := t.routes[r.ID]
			if taken == nil && r.ID >= abi.FirstCustomRoute {
				taken = t.custom[r.Name]
			}
			if taken != nil {
				return nil, fmt.Errorf("handlers %s and %s both claim route %d (%s): load only one of them",
					taken.handler.Manifest.Name, h.Manifest.Name, r.ID, r.Name)
			}
			claimed := &route{Route: r, handler: h}
			t.routes[r.ID] = claimed
			if r.ID >= abi.FirstCustomRoute {
				t.custom[r.Name] = claimed
			}
		}
	}
	return t, nil
}

// tableRef is the table in use.
type tableRef = atomic.Pointer[Table]
