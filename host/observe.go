package host

import (
	"context"
	"strings"
	"time"

	"workcell/host/admin"
	"workcell/host/metrics"
	"workcell/host/telemetry"
	"workcell/host/trace"
)

// observers are told of each message that was handled.
type observers struct {
	metrics *metrics.Metrics
	tracer  *trace.Tracer // nil: no traces
}

// Handled implements dispatch.Observer.
func (o *observers) Handled(m *telemetry.Message) {
	o.metrics.Handled(m)
	if o.tracer != nil {
		o.tracer.Handled(m)
	}
}

// openObservers makes what counts and traces.
func (h *Host) openObservers() error {
	h.observers.metrics = metrics.New(Version)
	if endpoint := h.config.TracesURL(); endpoint != "" {
		h.observers.tracer = trace.New(trace.Config{
			Endpoint: endpoint, Ratio: h.config.TracingSampleRatio, Version: Version, Log: h.log,
		})
	}
	return nil
}

// flushTimeout bounds how long a shutdown waits for the collector of traces.
const flushTimeout = time.Second

// closeTracer sends the spans that are left.
func (h *Host) closeTracer(ctx context.Context) {
	if h.observers.tracer == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	h.observers.tracer.Close(ctx)
}

// source is what the metrics ask when somebody reads them.
func (h *Host) source() metrics.Source {
	return metrics.Source{
		Connections: h.wire.Connections, Subscriptions: h.hub.Subscriptions,
		Breaker: h.guard.State, Opened: h.guard.Opened,
		Sequence: func() uint64 { return uint64(h.store.Durable()) },
		Running:  h.dispatch.Running, Pools: h.poolStats, Spans: h.spans,
	}
}

// spans returns how many spans were exported and dropped.
func (h *Host) spans() (exported, dropped uint64) {
	if h.observers.tracer == nil {
		return 0, 0
	}
	return h.observers.tracer.Spans()
}

func (h *Host) poolStats() []metrics.Pool {
	var pools []metrics.Pool
	for _, p := range h.pools() {
		manifest := p.Module().Manifest()
		pools = append(pools, metrics.Pool{Module: manifest.Name, Version: manifest.Version, Stats: p.Stats()})
	}
	return pools
}

// public answers what comes to the public port and is no WebSocket.
func (h *Host) public() *admin.Public {
	return &admin.Public{
		Health: &admin.Health{
			Version: Version, Probe: h.probe, Writable: h.unwritable, Breaker: h.guard.State,
			Others: []admin.Condition{h.drainingReason, h.missing}, Notes: h.handlers.Notes,
		},
		Access: admin.Access{Door: h.door}, Origins: h.config.Origins(), Metrics: h.observers.metrics.Write,
		Checkpoint: func(context.Context) error { return h.engine.Flush() },
		Shutdown:   func() { h.quit("asked for over http") },
		Observe:    h.requested, Log: h.log,
	}
}

// drainingReason is an admin.Condition.
func (h *Host) drainingReason() string {
	if h.draining.Load() {
		return "shutting down"
	}
	return ""
}

// apiPrefix starts the paths of the REST API, whose requests count as use of the appliance.
const apiPrefix = "/api/"

// requested counts an HTTP request.
func (h *Host) requested(pattern, path string, status int) {
	if strings.HasPrefix(path, apiPrefix) {
		h.apiRequests.Add(1)
	}
	if pattern == "" {
		pattern = "none"
	}
	h.observers.metrics.Requested(pattern, status)
}
