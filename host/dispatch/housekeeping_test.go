package dispatch

import (
	"context"
	"fmt"
	"testing"
	"time"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/storage"
	"workcell/storage/feed"
)

// count returns the number of keys of a table.
func (b *bench) count(table string) int {
	b.t.Helper()
	tx, err := b.store.Begin()
	if err != nil {
		b.t.Fatal(err)
	}
	defer tx.Discard()
	n := 0
	if err := tx.Scan([]byte(table), []byte{table[0] + 1}, false, func(_, _ []byte) bool { n++; return true }); err != nil {
		b.t.Fatal(err)
	}
	return n
}

// emits is a guest that emits an event.
func emits(c *sandbox.Call) sandbox.Outcome {
	c.Effects.Events = append(c.Effects.Events, sandbox.Event{
		Scopes: []abi.Scope{{Kind: abi.ScopeTopic, ID: "t"}}, Route: 40, Payload: []byte(c.Input),
	})
	return ok(c)
}

func TestOldRecordsAndEventsExpire(t *testing.T) {
	b := newBench(t, emits)
	b.dispatch.clock.wall = func() time.Time { return time.UnixMilli(0) }
	for i := range 20 {
		b.ask(fmt.Sprint("old ", i), writing, "")
	}
	b.dispatch.clock.wall = func() time.Time { return time.UnixMilli(0).Add(48 * time.Hour) }
	b.ask("new", writing, "")
	if records, events := b.count("l"), b.count("f"); records != 21 || events != 21 {
		t.Fatalf("%d records and %d rows of events before", records, events)
	}
	if err := b.dispatch.Expire(context.Background()); err != nil {
		t.Fatal(err)
	}
	if records, events := b.count("l"), b.count("f"); records != 1 || events != 2 { // the new one, and the floor
		t.Errorf("%d records and %d rows of events are left", records, events)
	}
}

// The feed is trimmed by the messages that make it grow.
func TestTheFeedStaysBounded(t *testing.T) {
	b := newBench(t, emits)
	b.dispatch.config.Feed = feed.Retention{Commits: 10}.WithDefaults()
	for i := range 15 {
		b.ask(fmt.Sprint("m", i), writing, "")
	}
	b.dispatch.trimmed.Store(uint64(b.store.Sequence()) - trimEvery) // as if so many had come
	b.ask("one more", writing, "")
	tx, err := b.store.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Discard()
	oldest, _, err := feed.Oldest(tx)
	if err != nil || oldest != 6 {
		t.Errorf("the feed reaches back to %d (%v), want 6", oldest, err)
	}
	if now := storage.Sequence(b.dispatch.trimmed.Load()); now != 16 {
		t.Errorf("it was trimmed at %d, want 16", now)
	}
}
