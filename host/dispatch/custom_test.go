package dispatch

import (
	"fmt"
	"strings"
	"testing"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/sandbox"
	"workcell/storage/feed"
)

// The custom routes of these tests.
var customRoutes = []abi.Route{
	{ID: 2000, Name: "notes/add", Kind: abi.KindWrite, Reply: envelope.CallReply, Events: []uint32{envelope.CallEvent}, Serial: 5},
	{ID: 2001, Name: "notes/list", Kind: abi.KindRead, Reply: envelope.CallReply},
	{ID: writing, Name: "Write", Kind: abi.KindWrite, Reply: 40},
}

// call is the payload of a CallRequest.
func call(route, payload string) string {
	return string(envelope.AppendCallReply(nil, route, []byte(payload))) // the same fields
}

func TestACustomRouteIsCalledByItsName(t *testing.T) {
	conflicts := 1
	var b *bench
	b = newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		c.Effects.Reply = fmt.Appendf(c.Effects.Reply, "%d got %s", c.Route, c.Input)
		if !c.ReadOnly {
			c.Effects.Events = append(c.Effects.Events, sandbox.Event{
				Scopes: []abi.Scope{{Kind: abi.ScopeTopic, ID: "first"}, {Kind: abi.ScopeTopic, ID: "second"}}, Route: envelope.CallEvent, Payload: []byte("news"),
			})
			if _, _, err := c.Store.Get([]byte("d-hot")); err != nil {
				t.Error(err)
			}
			if conflicts > 0 {
				conflicts--
				overtake(t, b.store, "d-hot")
			}
		}
		return sandbox.Outcome{Status: sandbox.OK}
	}, customRoutes...)
	for _, c := range []struct{ id, request, want string }{
		{"1", call("notes/list", "some bytes"), call("notes/list", "2001 got some bytes")},
		{"2", call("notes/list", ""), call("notes/list", "2001 got ")},
		{"3", call("notes/add", "a"), call("notes/add", "2000 got a")},
		{"3", call("notes/add", "a"), call("notes/add", "2000 got a")}, // replayed
	} {
		if number, got := b.ask(c.id, envelope.CallRequest, c.request); number != envelope.CallReply || got != c.want {
			t.Errorf("%q was answered with %d %q, want %q", c.request, number, got, c.want)
		}
	}
	b.wantAnswer("3", envelope.CallRequest, call("notes/add", "b"), "INVALID_MESSAGE") // the id was used for another request
	event := "2 " + string(envelope.AppendCallEvent(nil, "notes/add", "topic:first", []byte("news")))
	if len(b.published) != 1 || b.published[0] != event {
		t.Errorf("published %q, want %q", b.published, event)
	}
	if lines := b.lines("handler finished"); len(lines) != 3 || lines[0]["handler"] != "notes/list" {
		t.Errorf("logged %v", lines)
	}
	if news := b.fed(); len(news) != 1 || news[0] != event[2:] {
		t.Errorf("the feed holds %q", news)
	}
}

// fed returns the payloads of the events in the feed.
func (b *bench) fed() (payloads []string) {
	b.t.Helper()
	tx, err := b.store.Begin()
	if err != nil {
		b.t.Fatal(err)
	}
	defer tx.Discard()
	all := func(abi.Scope) bool { return true }
	keep := func(e *feed.Event) { payloads = append(payloads, string(e.Payload)) }
	if _, err := feed.Read(tx, 0, b.store.Sequence(), all, 100, keep); err != nil {
		b.t.Fatal(err)
	}
	return payloads
}

func TestWhatIsNoCallOfACustomRoute(t *testing.T) {
	b := newBench(t, func(*sandbox.Call) sandbox.Outcome {
		t.Error("a guest ran")
		return sandbox.Outcome{}
	}, customRoutes...)
	for _, c := range []struct{ name, payload, want string }{
		{"nobody has the route", call("notes/burn", ""), "NOT_FOUND"},
		{"a message of the protocol has no name", call("Write", ""), "INVALID_MESSAGE"},
		{"no route", call("", "payload"), "INVALID_MESSAGE"},
		{"another alphabet", call("notes add", ""), "INVALID_MESSAGE"},
		{"a long name", call(strings.Repeat("n", envelope.MaxRouteBytes+1), ""), "INVALID_MESSAGE"},
		{"the longest name", call(strings.Repeat("n", envelope.MaxRouteBytes), ""), "NOT_FOUND"},
		{"malformed", "\x0a\x09notes", "DECODE_ERROR"},
		{"no text", "\x0a\x01\xff", "DECODE_ERROR"},
	} {
		t.Run(c.name, func(t *testing.T) { b.wantAnswer("m", envelope.CallRequest, c.payload, c.want) })
	}
	for _, number := range []uint32{envelope.CallReply, envelope.CallEvent} { // clients send none
		b.wantAnswer("m", number, call("notes/add", ""), "INVALID_MESSAGE")
	}
}

// The field that says what a call contends for is one of the payload inside.
func TestCustomRoutesTakeTurns(t *testing.T) {
	var b *bench
	b = newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		if lane := b.dispatch.lanes.of(5, []byte("hot")); lane.latest == nil {
			t.Error("the call is not in its lane")
		}
		return ok(c)
	}, customRoutes...)
	b.wantAnswer("m", envelope.CallRequest, call("notes/add", "\x2a\x03hot"), call("notes/add", "done"))
}

func TestTwoHandlersCannotClaimOneName(t *testing.T) {
	claim := func(id uint32, name string) *Handler {
		return &Handler{Manifest: &abi.Manifest{Name: name, Routes: []abi.Route{{ID: id, Name: "notes/add"}}}}
	}
	_, err := NewTable([]*Handler{claim(2000, "one"), claim(2001, "other")})
	if err == nil || !strings.Contains(err.Error(), "one") || !strings.Contains(err.Error(), "other") {
		t.Errorf("got %v", err)
	}
	if _, err := NewTable([]*Handler{claim(2000, "one"), claim(30, "other")}); err != nil { // only custom names are called
		t.Error(err)
	}
}
