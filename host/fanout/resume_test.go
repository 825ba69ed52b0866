package fanout

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/storage"
	"workcell/storage/feed"
	"workcell/storage/key"
	"workcell/storage/txn"
)

// fixed is what time it is in these tests: what is trimmed is trimmed by number.
var fixed = time.Unix(1, 0)

var garden = scopeOf(abi.ScopeProject, 1)

// say commits n events of the garden, with payloads of a size, and publishes them.
func (h *history) say(t *testing.T, n, size int) {
	t.Helper()
	for range n {
		payload := fmt.Appendf(nil, "%0*d", size, h.Sequence()+1)
		h.commit(t, []sandbox.Event{{Scopes: []abi.Scope{garden}, Route: 40, Payload: payload}}, nil, nil)
		h.tell()
	}
}

// subscribe has somebody new subscribe to the garden, from the past on, as far as Apply.
func (h *history) subscribe(t *testing.T) (*seat, *letters) {
	t.Helper()
	inbox := &letters{}
	s := h.hub.seat([16]byte{}, inbox)
	h.commit(t, nil, nil, func(commit storage.Sequence) {
		s.Apply(commit, []sandbox.Change{{Kind: sandbox.Subscribe, Scope: garden}}, true)
	})
	h.tell()
	return s, inbox
}

func TestWhenThePastCannotBeHad(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(*history)
		after   storage.Sequence
		want    bool
		err     error
	}{
		{"it can", func(h *history) { h.say(t, 3, 1) }, 0, true, nil},
		{"nothing was missed", func(h *history) { h.say(t, 3, 1) }, 4, true, nil}, // 4 is the subscription
		{"nothing ever happened", func(*history) {}, 0, true, nil},
		{"the client comes from another future", func(h *history) { h.say(t, 3, 1) }, 5, false, nil},
		{"the feed was trimmed", func(h *history) {
			h.say(t, 3, 1)
			h.commit(t, nil, func(tx *txn.Txn) error {
				_, err := feed.Trim(tx, feed.Retention{Commits: 1}.WithDefaults(), 3, fixed)
				return err
			}, nil)
			h.tell()
		}, 1, false, nil},
		{"as many events as may be", func(h *history) { h.say(t, maxMissedEvents, 1) }, 0, true, nil},
		{"one too many", func(h *history) { h.say(t, maxMissedEvents+1, 1) }, 0, false, nil},
		{"too many bytes", func(h *history) { h.say(t, 3, maxMissedBytes/2) }, 0, false, nil},
		{"the storage fails", func(h *history) { h.hub.past = nothing{} }, 0, false, storage.ErrUnavailable},
		{"the feed is damaged", func(h *history) {
			h.commit(t, nil, func(tx *txn.Txn) error { return tx.Put(key.AppendFeed(nil, 1), []byte("?")) }, nil)
			h.tell()
		}, 0, false, storage.ErrCorrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHistory(t)
			defer h.Close()
			c.prepare(h)
			past := int(h.Sequence())
			s, inbox := h.subscribe(t)
			h.hub.Publish(h.Sequence()+1, 1, []sandbox.Event{{Scopes: []abi.Scope{garden}, Route: 40, Payload: []byte("live")}})
			if len(inbox.got) != 0 {
				t.Errorf("%d events came before the past was read", len(inbox.got))
			}
			got, err := s.Resume(c.after)
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("resumed: %t, %v", got, err)
			}
			want := 1 // the live one comes in any case
			if c.want {
				want += max(0, past-int(c.after))
			}
			if len(inbox.got) != want || inbox.got[want-1] != "live" {
				t.Errorf("%d events came, want %d", len(inbox.got), want)
			}
			h.hub.Publish(h.Sequence()+2, 1, []sandbox.Event{{Scopes: []abi.Scope{garden}, Route: 40, Payload: []byte("later")}})
			if inbox.got[len(inbox.got)-1] != "later" {
				t.Error("it is not live")
			}
			if again, err := s.Resume(0); !again || err != nil || len(inbox.got) != want+1 {
				t.Errorf("resumed again: %t, %v", again, err)
			}
		})
	}
}

// While the past is read the present does not pile up without end: then it is the past that does not come.
func TestThePresentDoesNotWaitForever(t *testing.T) {
	h := newHistory(t)
	defer h.Close()
	h.say(t, 1, 1)
	s, inbox := h.subscribe(t)
	var want []string
	for n := range maxKept + 2 {
		if len(inbox.got) > 0 && n <= maxKept {
			t.Fatalf("events came with %d kept", n)
		}
		payload := fmt.Sprint("live ", n)
		want = append(want, payload)
		h.hub.Publish(h.Sequence()+1+storage.Sequence(n), 1, []sandbox.Event{{Scopes: []abi.Scope{garden}, Route: 40, Payload: []byte(payload)}})
	}
	if complete, err := s.Resume(0); complete || err != nil {
		t.Errorf("resumed: %t, %v", complete, err)
	}
	if !slices.Equal(inbox.got, want) {
		t.Errorf("%d events came, want %d", len(inbox.got), len(want))
	}
}

func TestWhoHasLeftIsSentNothing(t *testing.T) {
	h := newHistory(t)
	defer h.Close()
	h.say(t, 3, 1)
	s, inbox := h.subscribe(t)
	s.Leave()
	if _, err := s.Resume(0); err != nil || len(inbox.got) != 0 {
		t.Errorf("%v was sent, %v", inbox.got, err)
	}
}

// Two projects that are resumed one after the other have an event in common, which the first of them brings.
func TestAnEventOfTwoScopesIsResumedOnce(t *testing.T) {
	h := newHistory(t)
	defer h.Close()
	shed := scopeOf(abi.ScopeProject, 2)
	for i, scopes := range [][]abi.Scope{{garden}, {garden, shed}, {shed}} {
		h.commit(t, []sandbox.Event{{Scopes: scopes, Route: 40, Payload: fmt.Append(nil, i)}}, nil, nil)
		h.tell()
	}
	s, inbox := h.subscribe(t)
	if complete, err := s.Resume(0); !complete || err != nil || !slices.Equal(inbox.got, []string{"0", "1"}) {
		t.Errorf("resumed: %t, %v, %v", complete, err, inbox.got)
	}
	h.commit(t, nil, nil, func(commit storage.Sequence) {
		s.Apply(commit, []sandbox.Change{{Kind: sandbox.Subscribe, Scope: shed}}, true)
	})
	h.tell()
	if complete, err := s.Resume(0); !complete || err != nil || !slices.Equal(inbox.got, []string{"0", "1", "2"}) {
		t.Errorf("resumed: %t, %v, %v", complete, err, inbox.got)
	}
}
