package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/storage/guard"
)

// Source is what is asked when somebody reads the metrics. All functions are safe for concurrent use.
type Source struct {
	Connections   func() int
	Subscriptions func() map[abi.ScopeKind]int
	Breaker       func() guard.State
	Opened        func() uint64 // how often the breaker has opened
	Sequence      func() uint64 // of the last durable commit
	Running       func() int    // calls that have a place
	Pools         func() []Pool
	Spans         func() (exported, dropped uint64) // of traces
}

// Pool is the counts of one module's instances.
type Pool struct {
	Module, Version string
	sandbox.Stats
}

// Read has what source tells in what Write writes.
func (m *Metrics) Read(source Source) { m.registry.MustRegister(newReader(source)) }

// reader asks a Source.
type reader struct {
	source                                    Source
	active, subscriptions, state, opened      *prometheus.Desc
	sequence, running, calls, made, discarded *prometheus.Desc
	exported, lost                            *prometheus.Desc
}

func newReader(source Source) *reader {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	return &reader{
		source:        source,
		active:        desc("pm_ws_connections_active", "Connections that are open."),
		subscriptions: desc("pm_ws_subscriptions", "Subscriptions of all connections.", "kind"),
		state:         desc("pm_circuit_breaker_state", "The breaker round the storage: 0 closed, 1 half open, 2 open."),
		opened:        desc("pm_circuit_breaker_opened_total", "How often the breaker has opened."),
		sequence:      desc("pm_storage_sequence", "Number of the last durable commit."),
		running:       desc("pm_handler_running", "Calls that have a place among those that run at once."),
		calls:         desc("pm_pool_calls_total", "Runs of a module's instances.", "module", "version"),
		made:          desc("pm_pool_instances_made_total", "Instances of a module that were made.", "module", "version"),
		discarded:     desc("pm_pool_instances_discarded_total", "Instances of a module that could not be used again.", "module", "version"),
		exported:      desc("pm_trace_spans_exported_total", "Spans that a collector has taken."),
		lost:          desc("pm_trace_spans_dropped_total", "Spans that were dropped: the queue was full, or no collector took them."),
	}
}

// Describe implements prometheus.Collector.
func (r *reader) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		r.active, r.subscriptions, r.state, r.opened, r.sequence, r.running, r.calls, r.made, r.discarded, r.exported, r.lost,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (r *reader) Collect(out chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	const gauge, counter = prometheus.GaugeValue, prometheus.CounterValue
	s := &r.source
	tell(r.active, gauge, float64(s.Connections()))
	subscriptions := s.Subscriptions()
	for kind, name := range scopeNames {
		tell(r.subscriptions, gauge, float64(subscriptions[kind]), name)
	}
	tell(r.state, gauge, breakerNumbers[s.Breaker()])
	tell(r.opened, counter, float64(s.Opened()))
	tell(r.sequence, gauge, float64(s.Sequence()))
	tell(r.running, gauge, float64(s.Running()))
	for _, p := range s.Pools() {
		tell(r.calls, counter, float64(p.Calls), p.Module, p.Version)
		tell(r.made, counter, float64(p.Clones), p.Module, p.Version)
		tell(r.discarded, counter, float64(p.Discarded), p.Module, p.Version)
	}
	exported, dropped := s.Spans()
	tell(r.exported, counter, float64(exported))
	tell(r.lost, counter, float64(dropped))
}

// scopeNames are the kinds of scope that events are sent to.
var scopeNames = map[abi.ScopeKind]string{
	abi.ScopeProject: "project", abi.ScopeSprint: "sprint", abi.ScopeItem: "item", abi.ScopeUser: "user", abi.ScopeTopic: "topic",
}

// breakerNumbers are the states of the breaker as the protocol numbers them.
var breakerNumbers = map[guard.State]float64{guard.Closed: 0, guard.HalfOpen: 1, guard.Open: 2}
