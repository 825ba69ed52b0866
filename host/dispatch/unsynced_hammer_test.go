package dispatch

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"workcell/abi/envelope"
	"workcell/storage"
)

// The syncer and the deadlines meet. However that ends, each message is answered once, in one of two ways, and what was
// committed is published once.
func TestASyncThatEndsAtTheDeadline(t *testing.T) {
	const rounds, messages = 20, 50
	synctest.Test(t, func(t *testing.T) {
		b := hungBench(t)
		b.replies = make(chan reply, messages)
		for range rounds {
			b.engine.HoldSync()
			since := b.requests
			for i := range messages {
				payload := "put a 1 event"
				if i%3 == 2 {
					payload = "get a"
				}
				b.post(request("", writing, payload))
			}
			time.Sleep(time.Minute)
			b.engine.ReleaseSync()
			synctest.Wait()
			answered := map[uint64]bool{}
			for len(b.replies) > 0 {
				r := <-b.replies
				header, err := envelope.Peek(r.envelope)
				if err != nil {
					t.Fatal(err)
				}
				if code := string(envelope.Field(header.Payload, 1)); header.Number == envelope.Error && code != "UNCERTAIN" {
					t.Errorf("answered %s", code)
				}
				if answered[r.request] || r.request <= since {
					t.Errorf("message %d is answered twice", r.request)
				}
				answered[r.request] = true
			}
			if len(answered) != messages {
				t.Errorf("%d of %d messages are answered", len(answered), messages)
			}
		}
		if u := &b.dispatch.unsynced; u.first != nil || u.last != nil {
			t.Error("something is left in the list")
		}
		sequence := storage.Sequence(0)
		for _, p := range b.published {
			var n storage.Sequence
			if _, err := fmt.Sscan(p, &n); err != nil || n <= sequence {
				t.Errorf("published %q after commit %d: %v", p, sequence, err)
			}
			sequence = n
		}
		if len(b.published) != rounds*(messages-messages/3) {
			t.Errorf("%d events", len(b.published))
		}
	})
}
