// Package admin is what an operator, a supervisor or a load balancer asks the appliance over HTTP: the three health
// endpoints on the public port, and the admin plane on a Unix socket in the data directory, which only the owner of the
// directory can reach.
package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"workcell/storage/guard"
)

// probeTimeout bounds the storage probe of /ready; a slower store counts as unhealthy.
const probeTimeout = 2 * time.Second

// Health is what the health endpoints ask the host. All functions are safe for concurrent use.
type Health struct {
	Version  string
	Probe    func(context.Context) error // reads through the storage; an error if it cannot be read or written
	Breaker  func() guard.State
	Draining func() bool
	Missing  func() string // says which built-in handler does not run, or ""
}

// Handler returns the handler for everything on the public port that is no WebSocket.
func (h *Health) Handler() http.Handler {
	routes := newRouter()
	routes.get("/health", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, report{Status: "ok", Version: h.Version})
	})
	routes.get("/live", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	routes.get("/ready", func(w http.ResponseWriter, r *http.Request) {
		body := h.ready(r.Context())
		status := http.StatusOK
		if body.Status != healthy {
			status = http.StatusServiceUnavailable
		}
		writeJSON(w, status, body)
	})
	return allowAnyOrigin(routes)
}

const healthy, unhealthy = "healthy", "unhealthy"

// report is the body of /health and /ready. Extra members may be added, none renamed.
type report struct {
	Status   string          `json:"status"`
	Version  string          `json:"version"`
	Database *databaseReport `json:"database,omitempty"`
	Breaker  *breakerReport  `json:"circuit_breaker,omitempty"`
	Reason   string          `json:"reason,omitempty"` // why it is unhealthy
}

type databaseReport struct {
	Status    string `json:"status"`
	LatencyMS int64  `json:"latency_ms"`
}

type breakerReport struct {
	State string `json:"state"`
}

// breakerWords are the states of the breaker in the spelling of the protocol.
var breakerWords = map[guard.State]string{guard.Closed: "Closed", guard.Open: "Open", guard.HalfOpen: "HalfOpen"}

// ready probes the storage and gathers what else decides whether clients should be sent here.
func (h *Health) ready(ctx context.Context) report {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	started := time.Now()
	err := h.Probe(ctx)
	database := &databaseReport{Status: healthy, LatencyMS: time.Since(started).Milliseconds()}
	state := h.Breaker()
	body := report{Status: healthy, Version: h.Version, Database: database, Breaker: &breakerReport{breakerWords[state]}}
	fail := func(reason string) {
		body.Status = unhealthy
		if body.Reason == "" {
			body.Reason = reason
		}
	}
	if err != nil {
		database.Status = unhealthy
		fail("the storage does not answer")
	}
	if state == guard.Open {
		fail("the circuit breaker is open")
	}
	if h.Draining() {
		fail("shutting down")
	}
	if missing := h.Missing(); missing != "" {
		fail("no handler for " + missing)
	}
	return body
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone
}
