package trace

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	otlp "go.opentelemetry.io/proto/slim/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"workcell/host/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// collector is a collector of traces.
type collector struct {
	url    string
	came   chan []*otlp.Span // the spans of each request
	answer chan int          // status of the next answer; nil or closed: 200 at once
}

func newCollector(t *testing.T, answer chan int) *collector {
	c := &collector{came: make(chan []*otlp.Span, 100), answer: answer}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var data otlp.TracesData
		if err == nil {
			err = proto.Unmarshal(body, &data)
		}
		if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("the collector got %s %s: %v", r.Method, r.URL, err)
			return
		}
		c.came <- data.ResourceSpans[0].ScopeSpans[0].Spans
		if answer != nil {
			select {
			case status, open := <-answer:
				if open {
					w.WriteHeader(status)
				}
			case <-r.Context().Done(): // the tracer has given up
			}
		}
	}))
	t.Cleanup(server.Close)
	c.url = server.URL + "/v1/traces"
	return c
}

// logged is a log that may be written and read by anybody.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) count(part string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), part)
}

func start(t *testing.T, c Config) (*Tracer, *logged) {
	t.Helper()
	log := &logged{}
	c.Log, c.Version = slog.New(slog.NewJSONHandler(log, nil)), "1"
	tracer := New(c)
	t.Cleanup(func() { tracer.Close(context.Background()) })
	return tracer, log
}

// message returns a message that was handled in so many steps of a millisecond: 1 for an answer alone, 2 with a call, 3
// with a commit.
func message(id string, steps int) *telemetry.Message {
	at := func(ms int) time.Time { return time.UnixMilli(1_700_000_000_000 + int64(ms)) }
	m := &telemetry.Message{
		Handler: "CreateWorkItem", Correlation: id, Outcome: telemetry.Succeeded, Fuel: 42, Conflicts: 1,
		Received: at(0), Answered: at(9),
	}
	if steps > 1 {
		m.Admitted, m.Called, m.Returned = at(1), at(2), at(4)
	}
	if steps > 2 {
		m.Applied, m.Durable = at(5), at(8)
	}
	return m
}

func TestTheSpansOfAMessage(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef"
	c := newCollector(t, nil)
	tracer, _ := start(t, Config{Endpoint: c.url, Ratio: 1, Batch: 1})
	tracer.Handled(message(id[:8]+"-"+id[8:12]+"-"+id[12:16]+"-"+id[16:20]+"-"+id[20:], 3))
	spans := <-c.came
	var got []string
	for _, s := range spans {
		got = append(got, fmt.Sprintf("%s %d..%d", s.Name, s.StartTimeUnixNano/1e6%1000, s.EndTimeUnixNano/1e6%1000))
		if hex.EncodeToString(s.TraceId) != id || len(s.SpanId) != 8 || bytes.Equal(s.SpanId, make([]byte, 8)) {
			t.Errorf("%s has the ids %x, %x", s.Name, s.TraceId, s.SpanId)
		}
	}
	if want := "[CreateWorkItem 0..9 call 2..4 commit 4..8]"; fmt.Sprint(got) != want {
		t.Errorf("spans %v, want %s", got, want)
	}
	if root := spans[0]; root.ParentSpanId != nil || root.Status != nil || root.Kind != otlp.Span_SPAN_KIND_SERVER {
		t.Errorf("the root is %v", root)
	}
	for _, child := range spans[1:] {
		if !bytes.Equal(child.ParentSpanId, spans[0].SpanId) || bytes.Equal(child.SpanId, spans[0].SpanId) {
			t.Errorf("%s is a child of %x", child.Name, child.ParentSpanId)
		}
	}
	attributes := map[string]string{}
	for _, a := range spans[0].Attributes {
		attributes[a.Key] = a.Value.GetStringValue() + fmt.Sprint(a.Value.GetIntValue())
	}
	if attributes["fuel"] != "42" || attributes["conflicts"] != "1" || attributes["outcome"] != "ok0" {
		t.Errorf("attributes %v", attributes)
	}
}

func TestAFailureIsAnErrorSpan(t *testing.T) {
	c := newCollector(t, nil)
	tracer, _ := start(t, Config{Endpoint: c.url, Ratio: 1, Batch: 2})
	m := message("not a uuid", 2)
	m.Code, m.Reason, m.Outcome = "HANDLER_TRAP", "unreachable", "trapped"
	tracer.Handled(m)
	read := message("00000000-0000-0000-0000-000000000000", 1)
	read.Durable = read.Answered // it has waited for the changes that it has seen
	tracer.Handled(read)
	spans := <-c.came
	if len(spans) != 3 || spans[0].Status.GetCode() != otlp.Status_STATUS_CODE_ERROR || spans[0].Status.GetMessage() != "HANDLER_TRAP" {
		t.Fatalf("spans %v", spans)
	}
	a, b := spans[0].TraceId, spans[2].TraceId
	if len(a) != 16 || len(b) != 16 || bytes.Equal(a, b) || bytes.Equal(b, make([]byte, 16)) {
		t.Errorf("messages without a usable id have the traces %x and %x", a, b)
	}
}

func TestAFullQueueCostsSpansAndNothingElse(t *testing.T) {
	answer := make(chan int)
	c := newCollector(t, answer)
	tracer, _ := start(t, Config{Endpoint: c.url, Ratio: 1, Batch: 1, Queue: 4})
	tracer.Handled(message("first", 3))
	<-c.came // the sender waits for the answer
	for range 4 + 2 {
		tracer.Handled(message("more", 2)) // returns, or this test never ends
	}
	if exported, dropped := tracer.Spans(); exported != 0 || dropped != 2*2 {
		t.Errorf("%d spans exported, %d dropped; want 0 and 4", exported, dropped)
	}
	close(answer)
	tracer.Close(context.Background())
	if exported, dropped := tracer.Spans(); exported != 3+4*2 || dropped != 4 {
		t.Errorf("%d spans exported, %d dropped; want 11 and 4", exported, dropped)
	}
}

func TestACollectorThatFailsIsLoggedOnce(t *testing.T) {
	answer := make(chan int, 4)
	c := newCollector(t, answer)
	tracer, log := start(t, Config{Endpoint: c.url, Ratio: 1, Batch: 1})
	for _, status := range []int{503, 500, 302, 200} {
		answer <- status
		tracer.Handled(message("m", 1))
	}
	tracer.Close(context.Background())
	if exported, dropped := tracer.Spans(); exported != 1 || dropped != 3 {
		t.Errorf("%d spans exported, %d dropped; want 1 and 3", exported, dropped)
	}
	if log.count("traces are dropped") != 1 || log.count("exported again") != 1 {
		t.Errorf("logged\n%s", log.text.String())
	}
}

func TestACollectorThatIsNotThere(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	tracer, log := start(t, Config{Endpoint: server.URL, Ratio: 1})
	tracer.Handled(message("m", 3))
	tracer.Close(context.Background())
	if _, dropped := tracer.Spans(); dropped != 3 || log.count("tracing.endpoint") != 1 {
		t.Errorf("%d spans dropped, logged\n%s", dropped, log.text.String())
	}
}

func TestCloseSendsWhatIsQueued(t *testing.T) {
	c := newCollector(t, nil)
	tracer, _ := start(t, Config{Endpoint: c.url, Ratio: 1, Batch: 3, Interval: time.Hour})
	for range 7 {
		tracer.Handled(message("m", 1))
	}
	tracer.Close(context.Background())
	if a, b, rest := len(<-c.came), len(<-c.came), len(<-c.came); a != 3 || b != 3 || rest != 1 {
		t.Errorf("sent %d, %d and %d", a, b, rest)
	}
}

func TestCloseGivesUpWithItsContext(t *testing.T) {
	c := newCollector(t, make(chan int))
	tracer, _ := start(t, Config{Endpoint: c.url, Ratio: 1, Batch: 1, Timeout: time.Hour})
	tracer.Handled(message("m", 1))
	<-c.came
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	tracer.Close(ctx) // returns, or this test never ends
	if _, dropped := tracer.Spans(); dropped != 1 {
		t.Errorf("%d spans dropped", dropped)
	}
}

func TestTheRatioOfTraces(t *testing.T) {
	for _, ratio := range []float64{0, 0.5, 1} {
		tracer, _ := start(t, Config{Endpoint: "http://127.0.0.1:1", Ratio: ratio, Queue: 1})
		tracer.end()
		tracer.sender.Wait() // so that the queue only fills
		for range 1000 {
			tracer.Handled(message("m", 1))
		}
		_, dropped := tracer.Spans()
		if share := float64(dropped+uint64(len(tracer.queue))) / 1000; share < ratio-0.2 || share > ratio+0.2 {
			t.Errorf("of ratio %v, %v were traced", ratio, share)
		}
	}
}
