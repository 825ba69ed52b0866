package trace

import (
	"crypto/rand"
	"time"

	"github.com/google/uuid"
	common "go.opentelemetry.io/proto/slim/otlp/common/v1"
	resource "go.opentelemetry.io/proto/slim/otlp/resource/v1"
	otlp "go.opentelemetry.io/proto/slim/otlp/trace/v1"

	"workcell/host/telemetry"
)

// spansOf returns how many spans a message makes.
func spansOf(m *telemetry.Message) (n uint64) {
	n = 1
	if !m.Returned.IsZero() {
		n++
	}
	if committed(m) {
		n++
	}
	return n
}

// committed reports whether a message has made a change. One that has only seen the changes of others waits for the disk
// too.
func committed(m *telemetry.Message) bool { return !m.Applied.IsZero() && !m.Durable.IsZero() }

// traces builds the request for a batch of messages.
func traces(version string, batch []telemetry.Message) *otlp.TracesData {
	var spans []*otlp.Span
	for i := range batch {
		spans = appendSpans(spans, &batch[i])
	}
	return &otlp.TracesData{ResourceSpans: []*otlp.ResourceSpans{{
		Resource: &resource.Resource{Attributes: []*common.KeyValue{
			text("service.name", "workcell"), text("service.version", version),
		}},
		ScopeSpans: []*otlp.ScopeSpans{{
			Scope: &common.InstrumentationScope{Name: "workcell/host/trace", Version: version}, Spans: spans,
		}},
	}}}
}

// appendSpans appends the spans of a message.
func appendSpans(spans []*otlp.Span, m *telemetry.Message) []*otlp.Span {
	root := span(m.Handler, otlp.Span_SPAN_KIND_SERVER, traceID(m.Correlation), m.Received, m.Answered)
	root.Attributes = []*common.KeyValue{
		text(telemetry.CorrelationID, m.Correlation), text(telemetry.Handler, m.Handler), text("outcome", m.Outcome),
		number(telemetry.Fuel, int64(m.Fuel)), number("conflicts", int64(m.Conflicts)),
	}
	if m.Code != "" {
		root.Attributes = append(root.Attributes, text(telemetry.Code, m.Code), text(telemetry.Reason, m.Reason))
		root.Status = &otlp.Status{Code: otlp.Status_STATUS_CODE_ERROR, Message: m.Code}
	}
	spans = append(spans, root)
	child := func(name string, from, to time.Time) {
		s := span(name, otlp.Span_SPAN_KIND_INTERNAL, root.TraceId, from, to)
		s.ParentSpanId = root.SpanId
		spans = append(spans, s)
	}
	if !m.Returned.IsZero() {
		child("call", m.Called, m.Returned)
	}
	if committed(m) {
		child("commit", m.Returned, m.Durable)
	}
	return spans
}

func span(name string, kind otlp.Span_SpanKind, trace []byte, from, to time.Time) *otlp.Span {
	const sampled = 1
	return &otlp.Span{
		Name: name, Kind: kind, TraceId: trace, SpanId: random(8), Flags: sampled,
		StartTimeUnixNano: uint64(from.UnixNano()), EndTimeUnixNano: uint64(to.UnixNano()),
	}
}

// traceID returns the trace of a message: the id it was given, if that can be one.
func traceID(correlation string) []byte {
	if id, err := uuid.Parse(correlation); err == nil && id != uuid.Nil {
		return id[:]
	}
	return random(16)
}

// random returns an id of n bytes.
func random(n int) []byte {
	id := make([]byte, n)
	_, _ = rand.Read(id) // never fails
	id[0] |= 1           // all zero would be none
	return id
}

func text(name, value string) *common.KeyValue {
	return &common.KeyValue{Key: name, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: value}}}
}

func number(name string, value int64) *common.KeyValue {
	return &common.KeyValue{Key: name, Value: &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: value}}}
}
