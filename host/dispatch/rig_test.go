package dispatch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/sandbox"
	"workcell/storage"
	"workcell/storage/guard"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

// The routes of these tests.
const (
	writing = 30
	reading = 33
)

// guest is a Runner made of a Go function.
type guest func(c *sandbox.Call) sandbox.Outcome

func (g guest) Run(c *sandbox.Call, _ time.Duration) sandbox.Outcome { return g(c) }

// bench is a Dispatcher on a memory engine, one caller, and what came out.
type bench struct {
	t        *testing.T
	engine   *storagetest.Memory
	store    *txn.Store
	guard    *guard.Guard
	dispatch *Dispatcher
	log      bytes.Buffer

	mu        sync.Mutex
	published []string         // events, in order; guarded by mu, as is the next
	applied   []sandbox.Change // changes of subscriptions
	identity  abi.Identity
	opened    bool
	requests  uint64
	replies   chan reply
}

// reply is an answer that came.
type reply struct {
	request  uint64
	envelope []byte
}

func (b *bench) Identity() abi.Identity { return b.identity }
func (b *bench) Opened() bool           { return b.opened }
func (b *bench) MarkOpened()            { b.opened = true }
func (b *bench) Holds(abi.Scope) bool   { return false }
func (b *bench) Count() int             { return 0 }
func (b *bench) Reply(request uint64, envelope []byte) {
	b.replies <- reply{request, bytes.Clone(envelope)}
}

func (b *bench) Resume(storage.Sequence) (bool, error) { return true, nil }

func (b *bench) Apply(_ storage.Sequence, changes []sandbox.Change, _ bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.applied = append(b.applied, changes...)
}

func (b *bench) Publish(q storage.Sequence, now int64, events []sandbox.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range events {
		b.published = append(b.published, fmt.Sprintf("%d %s", q, e.Payload))
	}
}

// newBench runs the messages of its routes with g.
func newBench(t *testing.T, g guest, routes ...abi.Route) *bench {
	t.Helper()
	engine := storagetest.NewMemory()
	store, err := txn.Open(engine, txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return benchOn(t, engine, store, g, routes...)
}

// benchOn is newBench on a store that is open, and will be closed.
func benchOn(t *testing.T, engine *storagetest.Memory, store *txn.Store, g guest, routes ...abi.Route) *bench {
	t.Helper()
	b := &bench{t: t, engine: engine, store: store, replies: make(chan reply, 100)}
	t.Cleanup(func() { _ = b.store.Close() })
	b.guard = guard.New(guard.Config{FailureThreshold: 2, OpenDuration: time.Hour})
	b.identity.User[0], b.identity.Connection[0] = 1, 2
	log := slog.New(slog.NewJSONHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.dispatch = New(Config{Timeout: time.Minute, Execution: time.Minute, MaxErrorMessage: 60, Retry: guard.Retry{Attempts: 1}}, b.store, b.guard, b, log)
	if routes == nil {
		routes = []abi.Route{
			{ID: writing, Name: "Write", Kind: abi.KindWrite, Reply: 40, Serial: 5},
			{ID: reading, Name: "Read", Kind: abi.KindRead, Reply: 43},
		}
	}
	table, err := NewTable([]*Handler{{Manifest: &abi.Manifest{Name: "test", Version: "1", Routes: routes}, Runner: g}})
	if err != nil {
		t.Fatal(err)
	}
	b.dispatch.Use(table)
	return b
}

// post sends a message and does not wait for the answer.
func (b *bench) post(message []byte) (decodable bool) {
	b.requests++
	return b.dispatch.Handle(context.Background(), b, b.requests, message)
}

// send sends a message and returns the answer.
func (b *bench) send(message []byte) []byte {
	b.t.Helper()
	b.post(message)
	r := <-b.replies
	if r.request != b.requests {
		b.t.Errorf("the answer is to request %d, asked was %d", r.request, b.requests)
	}
	return r.envelope
}

// ask sends a request and returns the number of the reply's payload and the payload; of an error its code.
func (b *bench) ask(id string, number uint32, payload string) (uint32, string) {
	b.t.Helper()
	reply, err := envelope.Peek(b.send(envelope.Append(nil, []byte(id), 1, number, []byte(payload))))
	if err != nil {
		b.t.Fatal(err)
	}
	if string(reply.MessageID) != id {
		b.t.Errorf("the reply to %q is for %q", id, reply.MessageID)
	}
	if reply.Number == envelope.Error {
		return reply.Number, string(envelope.Field(reply.Payload, 1))
	}
	return reply.Number, string(reply.Payload)
}

// wantAnswer asks, and compares payload or error code.
func (b *bench) wantAnswer(id string, number uint32, payload, want string) {
	b.t.Helper()
	if _, got := b.ask(id, number, payload); got != want {
		b.t.Errorf("%q was answered with %q, want %q\n%s", id, got, want, b.log.String())
	}
}

// lines returns the log lines with a message.
func (b *bench) lines(event string) []map[string]any {
	b.t.Helper()
	var found []map[string]any
	for line := range strings.Lines(b.log.String()) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			b.t.Fatal(err)
		}
		if record["msg"] == event {
			found = append(found, record)
		}
	}
	return found
}

func ok(c *sandbox.Call) sandbox.Outcome {
	c.Effects.Reply = append(c.Effects.Reply, "done"...)
	return sandbox.Outcome{Status: sandbox.OK}
}

func put(t *testing.T, c *sandbox.Call, key, value string) {
	t.Helper()
	if err := c.Store.Put([]byte(key), []byte(value)); err != nil {
		t.Error(err)
	}
}
