package dispatch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/sandbox"
	"workcell/host/telemetry"
	"workcell/storage"
)

// scripted is a guest that does what the request says: words "put K V", "get K", "event", "change", "refuse".
func scripted(c *sandbox.Call) sandbox.Outcome {
	words := strings.Fields(string(c.Input))
	for len(words) > 0 {
		switch words[0] {
		case "put":
			if err := c.Store.Put([]byte("d"+words[1]), []byte(words[2])); err != nil {
				return sandbox.Outcome{Status: sandbox.Failed, Err: err}
			}
			words = words[2:]
		case "get":
			value, _, err := c.Store.Get([]byte("d" + words[1]))
			if err != nil {
				return sandbox.Outcome{Status: sandbox.Failed, Err: err}
			}
			c.Effects.Reply = append(c.Effects.Reply, value...)
			words = words[1:]
		case "event":
			c.Effects.Events = append(c.Effects.Events, sandbox.Event{
				Scopes: []abi.Scope{{Kind: abi.ScopeTopic, ID: "t"}}, Route: 40, Payload: []byte(c.Input),
			})
		case "change":
			c.Effects.Changes = append(c.Effects.Changes, sandbox.Change{Kind: sandbox.Subscribe, Scope: abi.Scope{Kind: abi.ScopeTopic, ID: "t"}})
		case "refuse":
			c.Effects.Refusal = sandbox.Refusal{Code: abi.CodeConflict}
			return sandbox.Outcome{Status: sandbox.Refused}
		}
		words = words[1:]
	}
	return sandbox.Outcome{Status: sandbox.OK}
}

func request(id string, number uint32, payload string) []byte {
	return envelope.Append(nil, []byte(id), 1, number, []byte(payload))
}

// wantReplies fails unless exactly these answers came since the last time: the payloads, or the codes of errors.
func (b *bench) wantReplies(want ...string) {
	b.t.Helper()
	synctest.Wait()
	var got []string
	for len(b.replies) > 0 {
		r := <-b.replies
		header, err := envelope.Peek(r.envelope)
		if err != nil {
			b.t.Fatal(err)
		}
		text := string(header.Payload)
		if header.Number == envelope.Error {
			text = string(envelope.Field(header.Payload, 1))
		}
		got = append(got, fmt.Sprintf("%d %s", r.request, text))
	}
	if !slices.Equal(got, want) {
		b.t.Fatalf("answered %q, want %q\n%s", got, want, b.log.String())
	}
}

// The next message of a connection runs when the last one is applied. Nothing that depends on it is told before it is
// durable: not its reply, nor its event, nor what was read, refused or replayed because of it.
func TestTheNextMessageRunsWhileTheLastOneIsParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, scripted)
		b.engine.HoldSync()
		b.post(request("1", writing, "put a 1 event"))
		b.post(request("2", reading, "get a"))
		b.post(request("3", writing, "get a put a 3 event"))
		b.post(request("4", writing, "get a refuse"))
		b.post(request("1", writing, "put a 1 event")) // again
		b.post(request("1", writing, "put a 2"))       // another one with its id
		b.post(request("7", envelope.Ping, "\x08\x01"))
		b.wantReplies("7 \x08\x01") // depends on nothing; the session keeps it back
		if b.dispatch.Running() != 0 || len(b.dispatch.clock.running) != 0 {
			t.Error("parked messages have a place, or hold up the clock of readers")
		}
		if len(b.published) != 0 {
			t.Errorf("published %v", b.published)
		}
		b.engine.ReleaseSync()
		b.wantReplies("1 ", "2 1", "3 1", "4 CONFLICT", "5 ", "6 INVALID_MESSAGE")
		if want := "[1 put a 1 event 2 get a put a 3 event]"; fmt.Sprint(b.published) != want {
			t.Errorf("published %v, want %s", b.published, want)
		}
	})
}

func TestAFailedSyncAnswersEverythingThatIsParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, scripted)
		b.engine.HoldSync()
		b.post(request("1", writing, "put a 1 event"))
		b.post(request("2", reading, "get a"))
		b.post(request("3", writing, "refuse"))
		b.post(request("4", writing, "put a 4 event"))
		b.engine.Fail("sync", errors.New("disk"))
		b.engine.ReleaseSync()
		b.wantReplies("1 UNCERTAIN", "2 UNCERTAIN", "3 UNCERTAIN", "4 UNCERTAIN")
		if len(b.published) > 0 {
			t.Errorf("published %v", b.published)
		}
		b.post(request("5", writing, "put a 5"))
		b.wantReplies("5 SERVICE_UNAVAILABLE")
	})
}

// What a call subscribes to counts for the next one.
func TestTheNextMessageSeesTheSubscriptionsOfTheLastOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, number := range []uint32{reading, writing} {
			b := newBench(t, scripted)
			b.engine.HoldSync()
			returned := make(chan struct{})
			go func() {
				b.post(request("1", number, "change"))
				close(returned)
			}()
			synctest.Wait()
			select {
			case <-returned:
				t.Fatal("the next message may run")
			default:
			}
			b.engine.ReleaseSync()
			<-returned
			if len(b.applied) != 1 {
				t.Errorf("applied %v", b.applied)
			}
			b.wantReplies("1 ")
		}
	})
}

// A subscription is a commit: it is validated, so that it cannot slip past a change of what it was allowed by.
func TestASubscriptionIsValidated(t *testing.T) {
	var b *bench
	overtaken := false
	b = newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		if _, _, err := c.Store.Get([]byte("d-role")); err != nil {
			t.Error(err)
		}
		if !overtaken {
			overtaken = true
			overtake(t, b.store, "d-role")
			c.Effects.Changes = append(c.Effects.Changes, sandbox.Change{Kind: sandbox.Subscribe, Scope: abi.Scope{Kind: abi.ScopeTopic, ID: "old"}})
			return ok(c)
		}
		return ok(c)
	})
	b.wantAnswer("m", reading, "", "done")
	if len(b.applied) != 0 {
		t.Errorf("applied %v, though the call ran again without it", b.applied)
	}
}

// A connection holds one large reply at most: the next message waits until it has left.
func TestALargeReplyIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		large := strings.Repeat("x", largeReply)
		b := newBench(t, func(c *sandbox.Call) sandbox.Outcome {
			put(t, c, "d-x", "y")
			c.Effects.Reply = append(c.Effects.Reply, large...)
			return sandbox.Outcome{Status: sandbox.OK}
		})
		b.engine.HoldSync()
		returned := make(chan struct{})
		go func() {
			b.post(request("1", writing, ""))
			close(returned)
		}()
		synctest.Wait()
		select {
		case <-returned:
			t.Fatal("the next message may run")
		default:
		}
		b.engine.ReleaseSync()
		<-returned
		b.wantReplies("1 " + large)
	})
}

// explosive is a Publisher with a mistake.
type explosive struct{}

func (explosive) Publish(storage.Sequence, int64, []sandbox.Event) { panic("mistake") }

// A panic of the host between the commit and the reply is the host's business: what was committed is answered.
func TestAPanicWhilePublishingCostsNoReply(t *testing.T) {
	b := newBench(t, scripted)
	b.dispatch.events = explosive{}
	b.wantAnswer("m", writing, "put a 1 event", "")
	b.wantAnswer("n", reading, "get a", "1")
	if failed := b.lines("handler failed"); len(failed) != 1 || !strings.Contains(fmt.Sprint(failed[0]["error"]), "parked_test.go") {
		t.Errorf("logged %v", failed)
	}
}

func TestARefusedSessionIsToldWhenWhatItSawIsDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, func(c *sandbox.Call) sandbox.Outcome {
			if c.Route == abi.RouteSessionOpened {
				return scripted(&sandbox.Call{Input: []byte("refuse"), Store: c.Store})
			}
			return scripted(c)
		}, abi.Route{ID: abi.RouteSessionOpened, Name: "SessionOpened", Kind: abi.KindInternal}, abi.Route{ID: writing, Name: "Write", Kind: abi.KindWrite})
		b.opened = true
		b.engine.HoldSync()
		b.post(request("1", writing, "put a 1"))
		b.opened = false
		go b.post(request("2", writing, "put a 2"))
		b.wantReplies()
		b.engine.ReleaseSync()
		b.wantReplies("1 ", "2 INTERNAL_ERROR")
		if b.opened {
			t.Error("the session counts as opened")
		}
	})
}

func TestDrainWaitsForTheAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, scripted)
		b.engine.HoldSync()
		b.post(request("1", writing, "put a 1"))
		b.post(request("2", reading, "get a"))
		drained := make(chan error, 1)
		go func() { drained <- b.dispatch.Drain(t.Context()) }()
		synctest.Wait()
		if len(drained) > 0 {
			t.Fatal("drained before the answers")
		}
		b.engine.ReleaseSync()
		if err := <-drained; err != nil {
			t.Fatal(err)
		}
		b.wantReplies("1 ", "2 1")
	})
}

// observed notes what an Observer is told.
type observed []telemetry.Message

func (o *observed) Handled(m *telemetry.Message) {
	own := *m
	own.Correlation = strings.Clone(m.Correlation)
	*o = append(*o, own)
}

func TestTheObserverIsToldOfEveryMessage(t *testing.T) {
	var seen observed
	b := newBench(t, scripted)
	b.dispatch.config.Observer = &seen
	b.ask("w", writing, "put a 1")
	b.ask("w", writing, "put a 1")
	b.ask("r", reading, "get a")
	b.ask("f", writing, "refuse")
	b.ask("p", envelope.Ping, "")
	b.ask("", 999, "")
	want := []telemetry.Message{
		{Handler: "Write", Correlation: "w", Outcome: telemetry.Succeeded, Reply: 40},
		{Handler: "Write", Correlation: "w", Outcome: telemetry.Replayed, Reply: 40},
		{Handler: "Read", Correlation: "r", Outcome: telemetry.Succeeded, Reply: 43},
		{Handler: "Write", Correlation: "f", Outcome: "rejected", Code: "CONFLICT", Reply: envelope.Error},
		{Handler: "Ping", Correlation: "p", Outcome: telemetry.Succeeded, Reply: envelope.Pong},
		{Handler: "Unknown", Outcome: "invalid", Code: "INVALID_MESSAGE", Reply: envelope.Error},
	}
	if len(seen) != len(want) {
		t.Fatalf("told of %d messages", len(seen))
	}
	for i, m := range seen {
		w := want[i]
		if m.Handler != w.Handler || m.Outcome != w.Outcome || m.Code != w.Code || m.Reply != w.Reply || w.Correlation != "" && m.Correlation != w.Correlation {
			t.Errorf("message %d: told %+v, want %+v", i, m, w)
		}
		if m.BytesIn == 0 || m.BytesOut == 0 || m.Received.IsZero() || m.Answered.Before(m.Received) {
			t.Errorf("message %d: told %+v", i, m)
		}
		if wrote := i == 0; m.Applied.IsZero() == wrote || m.Durable.Before(m.Applied) || m.Answered.Before(m.Durable) {
			t.Errorf("message %d: applied %v, durable %v", i, m.Applied, m.Durable)
		}
	}
}
