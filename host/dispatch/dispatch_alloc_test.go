//go:build !race && !invariants

package dispatch

import (
	"context"
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/storage"
	"workcell/storage/guard"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// station is a caller, a publisher and an observer that keep nothing but the last answer.
type station struct {
	bench
	answered chan struct{}
	last     []byte
	events   int
	refused  atomic.Int32
}

func (s *station) Reply(_ uint64, envelope []byte) {
	s.last = append(s.last[:0], envelope...)
	s.answered <- struct{}{}
}
func (s *station) Apply(storage.Sequence, []sandbox.Change, bool)         {}
func (s *station) Publish(_ storage.Sequence, _ int64, e []sandbox.Event) { s.events += len(e) }
func (s *station) Handled(m *telemetry.Message) {
	if m.Code != "" {
		s.refused.Add(1)
	}
}

// onDisk opens a store whose memory takes all that a test writes, so that nothing is flushed meanwhile.
func onDisk(t *testing.T) *txn.Store {
	t.Helper()
	engine, err := lsm.Open(t.TempDir(), lsm.Options{CacheMiB: 8, MemtableMiB: 64})
	if err != nil {
		t.Fatal(err)
	}
	store, err := txn.Open(engine, txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// A message allocates nothing on its way through the dispatcher: lane, gate, clock, idempotency record, transaction on
// disk, feed, sync, reply. What the guest's run costs is the sandbox's, a line in the log the logger's.
func TestAllocHandle(t *testing.T) {
	store := onDisk(t)
	s := &station{answered: make(chan struct{}, 1)}
	s.opened = true
	d := New(Config{Timeout: time.Minute, Execution: time.Second, Observer: s}, store,
		guard.New(guard.Config{}), s, slog.New(slog.DiscardHandler))
	key, value := []byte("dboard\x00item"), make([]byte, 300)
	event := sandbox.Event{Scopes: []abi.Scope{{Kind: abi.ScopeTopic, ID: "t"}}, Route: 40, Payload: value}
	run := guest(func(c *sandbox.Call) sandbox.Outcome {
		_, _, err := c.Store.Get(key)
		if err == nil && !c.ReadOnly {
			err = c.Store.Put(key, value)
			c.Effects.Events = append(c.Effects.Events, event, event)
		}
		if err != nil {
			t.Error(err)
		}
		c.Effects.Reply = append(c.Effects.Reply, value...)
		return sandbox.Outcome{Status: sandbox.OK}
	})
	table, err := NewTable([]*Handler{{Manifest: &abi.Manifest{Name: "test", Version: "1", Routes: []abi.Route{
		{ID: writing, Name: "Write", Kind: abi.KindWrite, Reply: 40, Serial: 5, Events: []uint32{40}},
		{ID: reading, Name: "Read", Kind: abi.KindRead, Reply: 43},
	}}, Runner: run}})
	if err != nil {
		t.Fatal(err)
	}
	d.Use(table)

	id, request := make([]byte, 36), uint64(0)
	for _, c := range []struct {
		name   string
		number uint32
	}{{"a write", writing}, {"a read", reading}, {"a ping", envelope.Ping}} {
		msg := envelope.Append(nil, id, 1, c.number, []byte("\x08\x01"))
		where := msg[2 : 2+len(id)]
		handle := func() {
			request++
			strconv.AppendUint(where[:0], 1e9+request, 10) // an id of its own
			d.Handle(context.Background(), s, request, msg)
			<-s.answered
		}
		for range 200 { // buffers grow
			handle()
		}
		if n := testing.AllocsPerRun(500, handle); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}
