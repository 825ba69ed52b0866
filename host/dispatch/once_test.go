package dispatch

import (
	"fmt"
	"sync"
	"testing"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/sandbox"
	"workcell/storage/feed"
	"workcell/storage/txn"
)

// counting is a guest that counts its effective runs in a key of the store.
func counting(t *testing.T) guest {
	return func(c *sandbox.Call) sandbox.Outcome {
		value, _, err := c.Store.Get([]byte("d-count"))
		if err != nil {
			t.Error(err)
		}
		next := fmt.Sprintf("%sx", value)
		put(t, c, "d-count", next)
		c.Effects.Reply = append(c.Effects.Reply, next...)
		return emits(c)
	}
}

// Whatever survives a crash, an effect, its event and the record of its message survive together.
func TestACrashLeavesAllOfACallOrNothing(t *testing.T) {
	for unsynced := range 4 {
		b := newBench(t, counting(t))
		b.engine.HoldSync()
		b.post(request("1", writing, ""))
		b.post(request("2", writing, ""))
		survivor := b.engine.Crash(unsynced)
		b.engine.ReleaseSync()
		for range 2 {
			<-b.replies
		}
		s, err := txn.Open(survivor, txn.Config{})
		if err != nil {
			t.Fatal(err)
		}
		want := min(unsynced, 2)
		again := benchOn(t, survivor, s, counting(t))
		tx, err := s.Begin()
		if err != nil {
			t.Fatal(err)
		}
		value, _, err := tx.Get([]byte("d-count"))
		effects := len(value)
		tx.Discard()
		if err != nil || effects != want || again.count("f") != want || again.count("l") != want {
			t.Errorf("%d commits survived: %d effects, %d events, %d records (%v)", want, effects, again.count("f"), again.count("l"), err)
		}
		// The client asks again, and gets one effect of each message.
		again.ask("1", writing, "")
		if _, count := again.ask("2", writing, ""); count != "xxdone" {
			t.Errorf("%d commits survived, then after both messages again: %s", want, count)
		}
	}
}

// Copies of a message run side by side. One is executed, the others get its reply, byte for byte; there is one event.
func TestCopiesAtTheSameTimeAreExecutedOnce(t *testing.T) {
	b := newBench(t, counting(t))
	b.opened = true
	const copies = 8
	var group sync.WaitGroup
	for i := range copies {
		group.Go(func() {
			b.dispatch.Handle(t.Context(), b, uint64(i+1), request("same", writing, "p"))
		})
	}
	group.Wait()
	var first []byte
	for range copies {
		r := <-b.replies
		if first == nil {
			first = r.envelope
		}
		if string(r.envelope) != string(first) {
			t.Errorf("answered %q and %q", first, r.envelope)
		}
	}
	header, err := envelope.Peek(first)
	if err != nil || string(header.Payload) != "xdone" || len(b.published) != 1 {
		t.Errorf("answered %q (%v), published %v", header.Payload, err, b.published)
	}
}

// What is published is in the feed, under the same number.
func TestTheFeedHasWhatWasPublished(t *testing.T) {
	b := newBench(t, emits)
	for i := range 5 {
		b.ask(fmt.Sprint(i), writing, fmt.Sprint("event ", i))
	}
	tx, err := b.store.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Discard()
	var stored []string
	through, err := feed.Read(tx, 0, tx.Visible(), everything, 100, func(e *feed.Event) {
		stored = append(stored, fmt.Sprintf("%d %s", e.Sequence, e.Payload))
	})
	if err != nil || through != 5 || fmt.Sprint(stored) != fmt.Sprint(b.published) || len(stored) != 5 {
		t.Errorf("stored %v through %d (%v), published %v", stored, through, err, b.published)
	}
}

func everything(abi.Scope) bool { return true }
