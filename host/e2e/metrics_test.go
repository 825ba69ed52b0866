package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	otlp "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// metrics reads the metrics of an appliance.
func metrics(t *testing.T, a *appliance) map[string]*dto.MetricFamily {
	t.Helper()
	status, header, body := request(t, "GET", fmt.Sprintf("http://%s/metrics", a.host.Address()))
	if status != 200 || header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		t.Fatalf("metrics answer %d, %v", status, header)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// metric returns the value of one metric by its labels, as in `handler="Ping"`; of a histogram its count.
func metric(families map[string]*dto.MetricFamily, name, labels string) float64 {
	for _, m := range families[name].GetMetric() {
		var parts []string
		for _, l := range m.Label {
			parts = append(parts, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
		}
		if strings.Join(parts, ",") == labels {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return -1
}

// some stands for a value that depends on more than the test.
const some = -2

func TestMetricsTellWhatHappened(t *testing.T) {
	a := start(t, boardAndHostile, nil)
	c, other := a.dial(t, ann), a.dial(t, ann)
	project := newProject(t, c)
	subscribe(t, other, project.Id)
	create := client.Envelope(&pmpb.CreateWorkItemRequest{ItemType: pmpb.WorkItemType_TASK, Title: "Dig", ProjectId: project.Id})
	create.MessageId = "11111111-2222-4333-8444-555555555555"
	for range 2 { // the second is a replay
		if _, err := c.Do(t.Context(), create); err != nil {
			t.Fatal(err)
		}
	}
	nextEvent(t, other)
	refused(t, c, &pmpb.DeleteWorkItemRequest{WorkItemId: ann}, "NOT_FOUND")
	behave(t, c, "trap", hostileRead, "panic")
	request(t, "GET", fmt.Sprintf("http://%s/ready", a.host.Address()))
	third := a.dial(t, bob)
	if err := third.Close(); err != nil {
		t.Fatal(err)
	}

	families := metrics(t, a)
	for late := soon(t); metric(families, "pm_ws_connections_active", "") != 2; families = metrics(t, a) {
		if late.Err() != nil { // the client is told of the end before it is counted
			t.Fatal("the closed connection is still counted as active")
		}
	}
	for _, want := range []struct {
		name, labels string
		kind         dto.MetricType
		value        float64 // some: any but 0
	}{
		{"pm_ws_connections_established_total", "", dto.MetricType_COUNTER, 3},
		{"pm_ws_connections_closed_total", `reason="client"`, dto.MetricType_COUNTER, 1},
		{"pm_ws_connections_active", "", dto.MetricType_GAUGE, 2},
		{"pm_ws_messages_received_total", `handler="CreateWorkItem"`, dto.MetricType_COUNTER, 2},
		{"pm_ws_messages_sent_total", `type="ProjectCreated"`, dto.MetricType_COUNTER, 3}, // a reply, and an event for each connection of ann
		{"pm_ws_message_latency_seconds", `handler="CreateWorkItem"`, dto.MetricType_HISTOGRAM, 2},
		{"pm_ws_errors_total", `code="NOT_FOUND"`, dto.MetricType_COUNTER, 1},
		{"pm_ws_errors_total", `code="HANDLER_TRAP"`, dto.MetricType_COUNTER, 1},
		{"pm_ws_broadcast_published_total", `type="WorkItemCreated"`, dto.MetricType_COUNTER, 1},
		{"pm_ws_broadcast_dropped_total", "", dto.MetricType_COUNTER, 0},
		{"pm_ws_subscriptions", `kind="project"`, dto.MetricType_GAUGE, 1},
		{"pm_ws_idempotent_replays_total", "", dto.MetricType_COUNTER, 1},
		{"pm_circuit_breaker_state", "", dto.MetricType_GAUGE, 0},
		{"pm_circuit_breaker_opened_total", "", dto.MetricType_COUNTER, 0},
		{"pm_storage_latency_seconds", `operation="commit"`, dto.MetricType_HISTOGRAM, some},
		{"pm_storage_latency_seconds", `operation="sync"`, dto.MetricType_HISTOGRAM, some},
		{"pm_storage_errors_total", "", dto.MetricType_COUNTER, 0},
		{"pm_http_requests_total", `route="/ready",status="200"`, dto.MetricType_COUNTER, 1},
		{"pm_handler_calls_total", `handler="CreateWorkItem",outcome="replayed"`, dto.MetricType_COUNTER, 1},
		{"pm_handler_fuel_total", `handler="CreateWorkItem"`, dto.MetricType_COUNTER, some},
		{"pm_handler_traps_total", `reason="unreachable"`, dto.MetricType_COUNTER, 1},
		{"pm_pool_calls_total", `module="board",version="1.0.0"`, dto.MetricType_COUNTER, some},
		{"go_goroutines", "", dto.MetricType_GAUGE, some},
	} {
		family := families[want.name]
		if family == nil || family.GetType() != want.kind {
			t.Errorf("%s is %v, want %v", want.name, family.GetType(), want.kind)
			continue
		}
		if got := metric(families, want.name, want.labels); got != want.value && (want.value != some || got <= 0) {
			t.Errorf("%s{%s} is %v, want %v", want.name, want.labels, got, want.value)
		}
	}
	id := regexp.MustCompile(`[0-9a-f]{8}-`)
	for name, family := range families {
		for _, m := range family.Metric {
			for _, label := range m.Label {
				if id.MatchString(label.GetValue()) {
					t.Errorf("%s has an id for a label: %s", name, label)
				}
			}
		}
	}
}

func TestTracesReachACollector(t *testing.T) {
	came := make(chan []*otlp.Span, 100)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var data otlp.TracesData
		if err == nil {
			err = proto.Unmarshal(body, &data)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL, err)
			return
		}
		came <- data.ResourceSpans[0].ScopeSpans[0].Spans
	}))
	defer collector.Close()
	a := start(t, boardOnly, map[string]string{"tracing.endpoint": collector.URL})
	c := a.dial(t, ann)
	project := newProject(t, c)
	newTask(t, c, project.Id, "Dig")
	if err := a.stop(); err != nil { // sends what is queued
		t.Fatal(err)
	}
	close(came)
	var names []string
	for spans := range came {
		for _, s := range spans {
			names = append(names, s.Name)
		}
	}
	if want := []string{"CreateProject", "call", "commit", "CreateWorkItem", "call", "commit"}; !slices.Equal(names, want) {
		t.Errorf("spans %v, want %v", names, want)
	}
}

func TestACollectorThatIsGoneDisturbsNobody(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	a := start(t, boardOnly, map[string]string{"tracing.endpoint": gone.URL})
	c := a.dial(t, ann)
	newTask(t, c, newProject(t, c).Id, "Dig")
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
	if log := strings.Join(a.log.lines(), "\n"); strings.Count(log, "traces are dropped") != 1 {
		t.Errorf("logged %s", a.log.tail(10))
	}
}
