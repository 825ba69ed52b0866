package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"workcell/storage/guard"
)

// probeTimeout bounds the storage probe of /ready; a slower store counts as unhealthy.
const probeTimeout = 2 * time.Second

// Condition says, in a few words that anybody may read, why clients should not be sent here now, or "" if there is no
// reason. Safe for concurrent use.
type Condition func() string

// Health is what the health endpoints ask the host. All functions are safe for concurrent use.
type Health struct {
	Version  string
	Probe    func(context.Context) error // reads through the storage
	Writable Condition                   // of the storage: why it takes no writes; may be nil
	Breaker  func() guard.State
	Others   []Condition     // everything else that counts
	Notes    func() []string // what does not count, but should be seen; may be nil

	mu      sync.Mutex
	running *probe // guarded by mu; nil if none runs
}

// probe is one look at the storage. It is shared by all who ask while it runs: a disk that hangs holds one goroutine.
type probe struct {
	done chan struct{}
	err  error // set before done is closed
}

const healthy, unhealthy = "healthy", "unhealthy"

// report is the body of /health and /ready. Extra members may be added, none renamed.
type report struct {
	Status   string          `json:"status"`
	Version  string          `json:"version"`
	Database *databaseReport `json:"database,omitempty"`
	Breaker  *breakerReport  `json:"circuit_breaker,omitempty"`
	Reason   string          `json:"reason,omitempty"` // why it is unhealthy
	Notes    []string        `json:"notes,omitempty"`
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

// addTo adds the three endpoints.
func (h *Health) addTo(routes *router) {
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
}

// ready probes the storage and gathers what else decides whether clients should be sent here.
func (h *Health) ready(ctx context.Context) report {
	started := time.Now()
	err := h.probe(ctx)
	database := &databaseReport{Status: healthy, LatencyMS: time.Since(started).Milliseconds()}
	state := h.Breaker()
	body := report{Status: healthy, Version: h.Version, Database: database, Breaker: &breakerReport{breakerWords[state]}}
	fail := func(reason string) {
		if reason != "" && body.Reason == "" {
			body.Status, body.Reason = unhealthy, reason
		}
	}
	if err != nil {
		database.Status = unhealthy
		fail("the storage does not answer")
	}
	if h.Writable != nil {
		if reason := h.Writable(); reason != "" {
			database.Status = unhealthy
			fail(reason)
		}
	}
	if state == guard.Open {
		fail("the circuit breaker is open")
	}
	for _, condition := range h.Others {
		fail(condition())
	}
	if h.Notes != nil {
		body.Notes = h.Notes()
	}
	return body
}

// probe reads through the storage, or waits for the one that is doing so.
func (h *Health) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	p := h.join()
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Health) join() *probe {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.running != nil {
		return h.running
	}
	p := &probe{done: make(chan struct{})}
	h.running = p
	go func() { // ends when the storage has answered; nobody waits longer for it than probeTimeout
		ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
		defer cancel()
		p.err = h.Probe(ctx)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.running = nil
		close(p.done)
	}()
	return p
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client is gone
}
