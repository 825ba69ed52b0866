package trace

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"workcell/host/telemetry"
)

// Config of a Tracer. Zero values mean the defaults, but for Endpoint and Ratio.
type Config struct {
	Endpoint string  // URL of the collector, with the path of its traces
	Ratio    float64 // share of messages that are traced, 0 to 1
	Version  string  // of the server

	Queue    int           // messages that may wait to be sent; default 4096
	Batch    int           // messages sent at once; default 256
	Interval time.Duration // longest time a message waits to be sent; default 2 s
	Timeout  time.Duration // of one request to the collector; default 5 s

	Log *slog.Logger
}

func (c Config) withDefaults() Config {
	orDefault(&c.Queue, 4096)
	orDefault(&c.Batch, 256)
	orDefault(&c.Interval, 2*time.Second)
	orDefault(&c.Timeout, 5*time.Second)
	return c
}

func orDefault[T int | time.Duration](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

// Tracer makes spans of messages and sends them. Safe for concurrent use.
type Tracer struct {
	config Config
	client *http.Client
	queue  chan telemetry.Message
	spans  atomic.Uint64 // exported
	lost   atomic.Uint64 // spans

	closing context.Context // done: send what is left and end
	end     context.CancelFunc
	abort   context.CancelFunc // gives up a request that is under way
	sender  sync.WaitGroup
	failing bool // of the sender
}

// New starts a Tracer. Close ends it.
func New(config Config) *Tracer {
	t := &Tracer{config: config.withDefaults(), client: &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: time.Minute},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.queue = make(chan telemetry.Message, t.config.Queue)
	t.closing, t.end = context.WithCancel(context.Background())
	var sending context.Context
	sending, t.abort = context.WithCancel(context.Background())
	t.sender.Go(func() { t.send(sending) }) // ended by Close, which waits for it
	return t
}

// Handled queues the spans of a message, if it is one of those that are traced. It borrows msg and never waits.
func (t *Tracer) Handled(msg *telemetry.Message) {
	if t.config.Ratio < 1 && rand.Float64() >= t.config.Ratio {
		return
	}
	own := *msg
	own.Correlation = strings.Clone(strings.ToValidUTF8(msg.Correlation, "")) // which may have been cut
	select {
	case t.queue <- own:
	default:
		t.lost.Add(spansOf(msg))
	}
}

// Spans returns how many spans a collector has taken, and how many were dropped.
func (t *Tracer) Spans() (exported, dropped uint64) { return t.spans.Load(), t.lost.Load() }

// Close sends what is queued, until ctx ends, and stops. Messages that are handled after it are dropped.
func (t *Tracer) Close(ctx context.Context) {
	defer t.abort()
	stop := context.AfterFunc(ctx, t.abort)
	defer stop()
	t.end()
	t.sender.Wait()
	t.client.CloseIdleConnections()
}

// send sends batches until Close, and then what is left.
func (t *Tracer) send(ctx context.Context) {
	batch := make([]telemetry.Message, 0, t.config.Batch)
	ticker := time.NewTicker(t.config.Interval)
	defer ticker.Stop()
	for {
		select {
		case m := <-t.queue:
			if batch = append(batch, m); len(batch) < t.config.Batch {
				continue
			}
		case <-ticker.C:
		case <-t.closing.Done():
			t.flush(ctx, batch)
			return
		}
		t.export(ctx, batch)
		batch = batch[:0]
	}
}

// flush sends batch and everything that is queued behind it.
func (t *Tracer) flush(ctx context.Context, batch []telemetry.Message) {
	for {
		select {
		case m := <-t.queue:
			if batch = append(batch, m); len(batch) == t.config.Batch {
				t.export(ctx, batch)
				batch = batch[:0]
			}
		default:
			t.export(ctx, batch)
			return
		}
	}
}
