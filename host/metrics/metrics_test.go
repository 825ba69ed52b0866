package metrics

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/host/wire"
	"workcell/storage/guard"
)

// read writes the metrics and reads them again.
func read(t *testing.T, m *Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	var text bytes.Buffer
	if err := m.Write(&text); err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(&text)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// value returns the value of one metric, named as in "name{label="value"}" with its labels in alphabetic order; of a
// histogram its count. A metric that is not there is -1.
func value(families map[string]*dto.MetricFamily, name string) float64 {
	family, labels, _ := strings.Cut(name, "{")
	for _, m := range families[family].GetMetric() {
		var parts []string
		for _, l := range m.Label {
			parts = append(parts, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
		}
		if strings.Join(parts, ",") == strings.TrimSuffix(labels, "}") {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return -1
}

// message returns a write that was handled in 10 ms.
func message() *telemetry.Message {
	at := func(ms int) time.Time { return time.UnixMilli(int64(ms)) }
	return &telemetry.Message{
		Handler: "CreateWorkItem", Outcome: telemetry.Succeeded, Reply: 40,
		Received: at(0), Admitted: at(1), Called: at(2), Returned: at(4), Applied: at(5), Durable: at(9), Answered: at(10),
		Fuel: 1000, BytesIn: 100, BytesOut: 200,
	}
}

func TestMessagesAreCounted(t *testing.T) {
	m := New("1.2.3")
	m.Handled(message())
	conflicted := message()
	conflicted.Conflicts, conflicted.Retries = 2, 3
	m.Handled(conflicted)
	m.Handled(&telemetry.Message{Handler: "CreateWorkItem", Outcome: telemetry.Replayed, Reply: 40, Fuel: 0})
	m.Handled(&telemetry.Message{Handler: "Ping", Outcome: telemetry.Succeeded, Reply: envelope.Pong, BytesIn: 1})
	m.Handled(&telemetry.Message{
		Handler: "GetWorkItems", Outcome: "trapped", Code: "HANDLER_TRAP", Reason: "unreachable", Reply: envelope.Error, Fuel: 7,
	})
	m.Handled(&telemetry.Message{Handler: "GetWorkItems", Outcome: "storage", Code: "DATABASE_ERROR", Reply: envelope.Error, StorageFailed: true})
	m.Published(40, 3, 50)
	m.Published(142, 0, 0)
	got := read(t, m)
	for name, want := range map[string]float64{
		`pm_ws_messages_received_total{handler="CreateWorkItem"}`:          3,
		`pm_ws_messages_received_total{handler="Ping"}`:                    1,
		`pm_ws_message_latency_seconds{handler="CreateWorkItem"}`:          3,
		`pm_ws_messages_sent_total{type="WorkItemCreated"}`:                3 + 3,
		`pm_ws_messages_sent_total{type="Pong"}`:                           1,
		`pm_ws_messages_sent_total{type="Error"}`:                          2,
		`pm_ws_broadcast_published_total{type="WorkItemCreated"}`:          1,
		`pm_ws_broadcast_published_total{type="ActivityLogCreated"}`:       1,
		`pm_ws_errors_total{code="HANDLER_TRAP"}`:                          1,
		`pm_ws_bytes_received_total{}`:                                     201,
		`pm_ws_bytes_sent_total{}`:                                         400 + 150,
		`pm_ws_idempotent_replays_total{}`:                                 1,
		`pm_handler_calls_total{handler="CreateWorkItem",outcome="ok"}`:    2,
		`pm_handler_calls_total{handler="GetWorkItems",outcome="trapped"}`: 1,
		`pm_handler_fuel_total{handler="CreateWorkItem"}`:                  2000,
		`pm_handler_fuel_total{handler="GetWorkItems"}`:                    7,
		`pm_handler_traps_total{reason="unreachable"}`:                     1,
		`pm_handler_queue_seconds{}`:                                       2,
		`pm_storage_conflicts_total{}`:                                     2,
		`pm_storage_retries_total{}`:                                       3,
		`pm_storage_errors_total{}`:                                        1,
		`pm_storage_latency_seconds{operation="commit"}`:                   2,
		`pm_storage_latency_seconds{operation="sync"}`:                     2,
		`pm_build_info{version="1.2.3"}`:                                   1,
	} {
		if v := value(got, name); v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
	sum := got["pm_ws_message_latency_seconds"].Metric[0].GetHistogram().GetSampleSum()
	if sum < 0.0199 || sum > 0.0201 {
		t.Errorf("two messages of 10 ms took %v s", sum)
	}
	for _, name := range []string{"go_goroutines", "go_memstats_heap_alloc_bytes", "process_resident_memory_bytes"} {
		if got[name] == nil {
			t.Errorf("no %s", name)
		}
	}
}

func TestConnectionsAndRequestsAreCounted(t *testing.T) {
	m := New("1")
	m.Connected()
	m.Refused("expired")
	m.Dropped()
	for _, c := range []struct {
		reason wire.CloseReason
		want   string
	}{
		{wire.CloseReason{Code: wire.CloseNormal, Remote: true}, "client"},
		{wire.CloseReason{Code: wire.CloseAbnormal, Err: errors.New("gone")}, "error"},
		{wire.CloseReason{Code: wire.CloseNormal}, "normal"},
		{wire.CloseReason{Code: wire.CloseGoingAway}, "going_away"},
		{wire.CloseReason{Code: wire.ClosePolicy}, "policy"},
		{wire.CloseReason{Code: wire.CloseProtocolError}, "protocol"},
		{wire.CloseReason{Code: wire.CloseInvalidData}, "invalid_data"},
		{wire.CloseReason{Code: wire.CloseTooBig}, "too_big"},
		{wire.CloseReason{Code: wire.CloseTryLater}, "slow_consumer"},
	} {
		m.Disconnected(c.reason)
		if name := fmt.Sprintf("pm_ws_connections_closed_total{reason=%q}", c.want); value(read(t, m), name) != 1 {
			t.Errorf("%v is not counted as %s", c.reason, c.want)
		}
	}
	m.Requested("/ready", 503)
	m.Requested("/ready", 503)
	got := read(t, m)
	for name, want := range map[string]float64{
		`pm_ws_connections_established_total{}`:               1,
		`pm_ws_connections_refused_total{reason="expired"}`:   1,
		`pm_ws_broadcast_dropped_total{}`:                     1,
		`pm_http_requests_total{route="/ready",status="503"}`: 2,
	} {
		if v := value(got, name); v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
}

func TestWhatIsAskedWhenSomebodyReads(t *testing.T) {
	m := New("1")
	state := guard.Closed
	m.Read(Source{
		Connections:   func() int { return 5 },
		Subscriptions: func() map[abi.ScopeKind]int { return map[abi.ScopeKind]int{abi.ScopeProject: 7} },
		Breaker:       func() guard.State { return state }, Opened: func() uint64 { return 3 },
		Sequence: func() uint64 { return 99 }, Running: func() int { return 2 },
		Pools: func() []Pool {
			return []Pool{{Module: "board", Version: "1.0.0", Stats: sandbox.Stats{Calls: 10, Clones: 4, Discarded: 1}}}
		},
		Spans: func() (uint64, uint64) { return 11, 12 },
	})
	for s, want := range map[guard.State]float64{guard.Closed: 0, guard.HalfOpen: 1, guard.Open: 2} {
		state = s
		if v := value(read(t, m), "pm_circuit_breaker_state"); v != want {
			t.Errorf("the breaker is %v: %v, want %v", s, v, want)
		}
	}
	got := read(t, m)
	for name, want := range map[string]float64{
		`pm_ws_connections_active{}`:                                        5,
		`pm_ws_subscriptions{kind="project"}`:                               7,
		`pm_ws_subscriptions{kind="sprint"}`:                                0,
		`pm_circuit_breaker_opened_total{}`:                                 3,
		`pm_storage_sequence{}`:                                             99,
		`pm_handler_running{}`:                                              2,
		`pm_pool_calls_total{module="board",version="1.0.0"}`:               10,
		`pm_pool_instances_made_total{module="board",version="1.0.0"}`:      4,
		`pm_pool_instances_discarded_total{module="board",version="1.0.0"}`: 1,
		`pm_trace_spans_exported_total{}`:                                   11,
		`pm_trace_spans_dropped_total{}`:                                    12,
	} {
		if v := value(got, name); v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
}

// The number of labels is bounded, whoever chooses them, also when many come at once.
func TestLabelsAreBounded(t *testing.T) {
	m := New("1")
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for i := range 2 * maxLabels {
				m.Handled(&telemetry.Message{Handler: fmt.Sprint("route", i/2+client), Outcome: telemetry.Succeeded})
			}
		})
	}
	clients.Wait()
	got := read(t, m)
	received := got["pm_ws_messages_received_total"].Metric
	sum := 0.0
	for _, c := range received {
		sum += c.Counter.GetValue()
	}
	if len(received) != maxLabels+1 || sum != 4*2*maxLabels || value(got, `pm_ws_messages_received_total{handler="other"}`) < 1 {
		t.Errorf("%d handlers with %v messages", len(received), sum)
	}
}

func TestWhatIsExpectedStartsAtZero(t *testing.T) {
	m := New("1")
	m.Expect(&abi.Route{Name: "CreateWorkItem", Reply: 40, Events: []uint32{142}})
	got := read(t, m)
	for _, name := range []string{
		`pm_ws_messages_received_total{handler="CreateWorkItem"}`, `pm_ws_message_latency_seconds{handler="CreateWorkItem"}`,
		`pm_handler_calls_total{handler="CreateWorkItem",outcome="ok"}`, `pm_ws_messages_sent_total{type="WorkItemCreated"}`,
		`pm_ws_messages_sent_total{type="ActivityLogCreated"}`, `pm_ws_broadcast_published_total{type="ActivityLogCreated"}`,
		`pm_ws_errors_total{code="TIMEOUT"}`, `pm_ws_connections_closed_total{reason="slow_consumer"}`,
		`pm_ws_connections_closed_total{reason="client"}`, `pm_storage_latency_seconds{operation="sync"}`,
	} {
		if v := value(got, name); v != 0 {
			t.Errorf("%s is %v", name, v)
		}
	}
}

func TestPayloadsHaveTheNamesOfTheSchema(t *testing.T) {
	for number, want := range map[uint32]string{
		0: "Acknowledgement", 11: "Pong", 40: "WorkItemCreated", 100: "Error", 142: "ActivityLogCreated", 1001: "CallReply", 999: "Unknown",
	} {
		if got := payloadName(number); got != want {
			t.Errorf("%d is %s, want %s", number, got, want)
		}
	}
}
