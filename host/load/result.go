package load

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Result is what a run has measured. Latencies are in microseconds.
type Result struct {
	Workload Workload `json:"workload"`
	Clients  int      `json:"clients"`
	Projects int      `json:"projects"`
	Items    int      `json:"items"`
	Pipeline int      `json:"pipeline"`
	Decode   bool     `json:"decode"`

	Seconds   float64  `json:"seconds"`  // measured
	Requests  int64    `json:"requests"` // answered well
	PerSecond float64  `json:"requests_per_second"`
	Latency   *Latency `json:"latency_us,omitempty"` // from the request to its reply

	// Of Broadcast: events that subscribers got, and the time from the first sight of a commit, by whoever got something of
	// it first, to each delivery.
	Deliveries          int64    `json:"deliveries,omitempty"`
	DeliveriesPerSecond float64  `json:"deliveries_per_second,omitempty"`
	Delivery            *Latency `json:"delivery_us,omitempty"`

	Connecting *Latency         `json:"connecting_us,omitempty"` // from the dial to the granted upgrade
	Errors     map[string]int64 `json:"errors"`                  // by code
	Events     int64            `json:"events"`                  // messages that were no replies
	Bytes      int64            `json:"received_bytes"`          // all messages
	Loop       string           `json:"loop"`
}

// closedLoop says what the percentiles are.
const closedLoop = "closed: while the server is slow fewer requests are sent, so percentiles leave out the wait of those not sent"

// Latency is a distribution in microseconds.
type Latency struct {
	P50  int64   `json:"p50"`
	P90  int64   `json:"p90"`
	P99  int64   `json:"p99"`
	P999 int64   `json:"p999"`
	Max  int64   `json:"max"`
	Mean float64 `json:"mean"`
	N    int64   `json:"n"`
}

// latency returns nil for an empty histogram.
func latency(h *hdrhistogram.Histogram) *Latency {
	if h.TotalCount() == 0 {
		return nil
	}
	return &Latency{
		P50: h.ValueAtQuantile(50), P90: h.ValueAtQuantile(90), P99: h.ValueAtQuantile(99), P999: h.ValueAtQuantile(99.9),
		Max: h.Max(), Mean: h.Mean(), N: h.TotalCount(),
	}
}

// ErrorCount is the number of all errors.
func (r *Result) ErrorCount() int64 {
	total := int64(0)
	for _, n := range r.Errors {
		total += n
	}
	return total
}

// result sums up a run whose measured time began at from. All connections have ended.
func (t *tally) result(c *Config, from time.Time) *Result {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := &Result{
		Workload: c.Workload, Clients: c.Clients, Projects: c.Projects, Items: c.Items, Pipeline: c.Pipeline, Decode: c.Decode,
		Requests: t.latency.TotalCount(), Latency: latency(t.latency), Deliveries: t.delivery.TotalCount(), Delivery: latency(t.delivery),
		Connecting: latency(t.connecting), Errors: t.errors, Events: t.events, Bytes: t.bytes, Loop: closedLoop,
	}
	r.Seconds = max(0, t.last.Sub(from).Seconds())
	if r.Requests > 0 {
		r.PerSecond = float64(r.Requests) / r.Seconds
	}
	if r.Deliveries > 0 {
		r.DeliveriesPerSecond = float64(r.Deliveries) / t.lastOut.Sub(from).Seconds()
	}
	return r
}
