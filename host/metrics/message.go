package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"workcell/abi"
	"workcell/host/fault"
	"workcell/host/telemetry"
)

// messages are the metrics of the messages of clients and what their handling took.
type messages struct {
	handlers  *held[string, *handler]
	sent      *held[uint32, prometheus.Counter] // by number of the payload
	published *held[uint32, prometheus.Counter]
	errors    *held[string, prometheus.Counter]
	traps     *held[string, prometheus.Counter]
	storage   *held[string, prometheus.Observer]

	bytesIn, bytesOut prometheus.Counter
	replays           prometheus.Counter
	conflicts         prometheus.Counter
	retries           prometheus.Counter
	storageErrors     prometheus.Counter
	waited            prometheus.Observer
}

// handler holds the metrics of one handler.
type handler struct {
	received prometheus.Counter
	latency  prometheus.Observer
	fuel     prometheus.Counter
	outcomes *held[string, prometheus.Counter]
}

func newMessages(r prometheus.Registerer) messages {
	received := counters(r, "pm_ws_messages_received_total", "Messages of clients.", "handler")
	latency := histograms(r, "pm_ws_message_latency_seconds", "Time from a message to its answer.", "handler")
	fuel := counters(r, "pm_handler_fuel_total", "Fuel that guests have used, in units of about an instruction.", "handler")
	calls := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "pm_handler_calls_total", Help: "Messages by what became of them.",
	}, []string{"handler", "outcome"})
	waited := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "pm_handler_queue_seconds", Help: "Time a message waits for its lane and for a free place.", Buckets: seconds,
	})
	r.MustRegister(calls, waited)
	sent := counters(r, "pm_ws_messages_sent_total", "Messages to clients: answers and events.", "type")
	published := counters(r, "pm_ws_broadcast_published_total", "Events that commits have caused, each counted once.", "type")
	m := messages{
		handlers: newHeld(func(name string) *handler {
			outcome := func(outcome string) prometheus.Counter { return calls.WithLabelValues(name, outcome) }
			return &handler{received.of(name), latency.of(name), fuel.of(name), newHeld(outcome, other)}
		}, other),
		sent:          newHeld(func(number uint32) prometheus.Counter { return sent.of(payloadName(number)) }, unknown),
		published:     newHeld(func(number uint32) prometheus.Counter { return published.of(payloadName(number)) }, unknown),
		errors:        counters(r, "pm_ws_errors_total", "Errors that clients were answered with.", "code"),
		traps:         counters(r, "pm_handler_traps_total", "Calls that a guest ended abnormally, or whose time was up.", "reason"),
		storage:       histograms(r, "pm_storage_latency_seconds", "Time of the storage's work.", "operation"),
		bytesIn:       counter(r, "pm_ws_bytes_received_total", "Bytes of messages of clients."),
		bytesOut:      counter(r, "pm_ws_bytes_sent_total", "Bytes of messages to clients."),
		replays:       counter(r, "pm_ws_idempotent_replays_total", "Messages that were answered from the record of an earlier one."),
		conflicts:     counter(r, "pm_storage_conflicts_total", "Commits that lost against another one; the call then runs again."),
		retries:       counter(r, "pm_storage_retries_total", "Repetitions of the storage's work, after it failed."),
		storageErrors: counter(r, "pm_storage_errors_total", "Messages that failed because the storage did."),
		waited:        waited,
	}
	for kind := fault.Malformed; kind <= fault.Internal; kind++ {
		m.errors.of(kind.Code())
	}
	m.storage.of(commit)
	m.storage.of(syncOp)
	return m
}

// Expect has the metrics of a route start at 0, rather than with its first message: what has never happened can be asked
// for then, too.
func (m *messages) Expect(route *abi.Route) {
	m.handlers.of(route.Name).outcomes.of(telemetry.Succeeded)
	m.sent.of(route.Reply)
	for _, event := range route.Events {
		m.sent.of(event)
		m.published.of(event)
	}
}

// Operations of pm_storage_latency_seconds.
const (
	commit = "commit" // validating and applying
	syncOp = "sync"   // until the log is on the disk
)

// Handled counts a message. It borrows m, and does not allocate.
func (m *messages) Handled(msg *telemetry.Message) {
	h := m.handlers.of(msg.Handler)
	h.received.Inc()
	h.latency.Observe(msg.Answered.Sub(msg.Received).Seconds())
	h.outcomes.of(msg.Outcome).Inc()
	m.sent.of(msg.Reply).Inc()
	m.bytesIn.Add(float64(msg.BytesIn))
	m.bytesOut.Add(float64(msg.BytesOut))
	if !msg.Admitted.IsZero() {
		m.waited.Observe(msg.Admitted.Sub(msg.Received).Seconds())
	}
	if msg.Fuel > 0 {
		h.fuel.Add(float64(msg.Fuel))
	}
	if msg.Conflicts > 0 {
		m.conflicts.Add(float64(msg.Conflicts))
	}
	if msg.Retries > 0 {
		m.retries.Add(float64(msg.Retries))
	}
	m.stored(msg)
	if msg.Code != "" {
		m.errors.of(msg.Code).Inc()
	}
	if msg.Reason != "" {
		m.traps.of(msg.Reason).Inc()
	}
	if msg.Outcome == telemetry.Replayed {
		m.replays.Inc()
	}
}

// stored counts what the storage did for a message.
func (m *messages) stored(msg *telemetry.Message) {
	if msg.StorageFailed {
		m.storageErrors.Inc()
	}
	if msg.Applied.IsZero() {
		return
	}
	m.storage.of(commit).Observe(msg.Applied.Sub(msg.Returned).Seconds())
	if !msg.Durable.IsZero() {
		m.storage.of(syncOp).Observe(msg.Durable.Sub(msg.Applied).Seconds())
	}
}

// Published counts an event that receivers connections were sent, as so many bytes each. It does not allocate.
func (m *messages) Published(number uint32, receivers, size int) {
	m.published.of(number).Inc()
	m.sent.of(number).Add(float64(receivers))
	m.bytesOut.Add(float64(receivers * size))
}
