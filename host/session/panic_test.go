package session

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/client"
	"workcell/host/dispatch"
	"workcell/host/fanout"
	"workcell/host/identity"
	"workcell/host/sandbox"
	"workcell/storage/guard"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

// panicking is a Runner with a mistake: it writes, and then panics if it is told to.
type panicking struct{}

func (panicking) Run(c *sandbox.Call, _ time.Duration) sandbox.Outcome {
	if err := c.Store.Put([]byte("d-half"), []byte("done")); err != nil {
		return sandbox.Outcome{Status: sandbox.Failed, Err: err}
	}
	if string(c.Input) == "panic" {
		panic("a mistake of the host")
	}
	c.Effects.Reply = append(c.Effects.Reply, "done"...)
	return sandbox.Outcome{Status: sandbox.OK}
}

func TestAPanicOfTheHostCostsOneMessage(t *testing.T) {
	store, err := txn.Open(storagetest.NewMemory(), txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w, hub := &world{gone: make(chan struct{}, 10)}, fanout.NewHub(store)
	breaker := guard.New(guard.Config{FailureThreshold: 1})
	d := dispatch.New(dispatch.Config{
		Timeout: time.Minute, Execution: time.Minute, Running: 1, MaxErrorMessage: 200,
	}, store, breaker, hub, slog.New(slog.NewJSONHandler(w, nil)))
	table, err := dispatch.NewTable([]*dispatch.Handler{{
		Manifest: &abi.Manifest{Name: "test", Version: "1", Routes: []abi.Route{{ID: 30, Name: "Write", Kind: abi.KindWrite, Reply: 40, Serial: 1}}},
		Runner:   panicking{},
	}})
	if err != nil {
		t.Fatal(err)
	}
	d.Use(table)
	w.serve(t, identity.NewDoor(nil, "local-user"), d, hub)

	ask := func(c *client.Raw, id, payload string) (code, reply string) {
		t.Helper()
		if err := c.SendBytes(t.Context(), client.Binary, envelope.Append(nil, []byte(id), 1, 30, []byte(payload))); err != nil {
			t.Fatal(err)
		}
		raw, err := c.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		answer, err := envelope.Peek(raw)
		if err != nil || string(answer.MessageID) != id {
			t.Fatalf("%q was answered with %q, %v", id, raw, err)
		}
		if answer.Number == envelope.Error {
			return string(envelope.Field(answer.Payload, 1)), string(envelope.Field(answer.Payload, 2))
		}
		return "", string(answer.Payload)
	}
	dial := func() *client.Raw {
		c, err := client.DialRaw(t.Context(), w.url, client.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Abort)
		return c
	}
	c, other := dial(), dial()
	for _, id := range []string{"first", "second"} { // more than there are places
		if code, text := ask(c, id, "panic"); code != "INTERNAL_ERROR" || strings.Contains(text, "mistake") {
			t.Errorf("the panic was answered with %s %q", code, text)
		}
	}
	if store.Sequence() != 0 {
		t.Error("the half of a call was stored")
	}
	for _, client := range []*client.Raw{c, other} {
		if code, reply := ask(client, "good", "go on"); reply != "done" {
			t.Errorf("the next message was answered with %s %q", code, reply)
		}
	}
	if breaker.State() != guard.Closed {
		t.Error("a mistake of the host opened the breaker of the storage")
	}
	_, log, _ := w.told()
	for line := range strings.Lines(log) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if record["correlation_id"] != "first" || record["code"] != "INTERNAL_ERROR" {
			continue
		}
		if text, _ := record["error"].(string); !strings.Contains(text, "a mistake of the host") || !strings.Contains(text, "panic_test.go") {
			t.Errorf("the log has no stack: %s", line)
		}
		return
	}
	t.Errorf("the log says nothing of it:\n%s", log)
}
