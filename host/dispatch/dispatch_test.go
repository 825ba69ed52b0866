package dispatch

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/sandbox"
	"workcell/storage"
	"workcell/storage/guard"
	"workcell/storage/txn"
)

func TestMessagesTheHostAnswersByItself(t *testing.T) {
	b := newBench(t, func(*sandbox.Call) sandbox.Outcome {
		t.Error("the guest ran")
		return sandbox.Outcome{}
	})
	for _, c := range []struct {
		name, id string
		number   uint32
		payload  string
		want     string
	}{
		{"a ping is answered with its value", "m", envelope.Ping, "\x08\x07", "\x08\x07"},
		{"a malformed ping is refused", "m", envelope.Ping, "\x08", "DECODE_ERROR"},
		{"no payload", "m", 0, "", "INVALID_MESSAGE"},
		{"a payload without a handler", "m", 999, "", "INVALID_MESSAGE"},
		{"a long message id", strings.Repeat("m", 256), envelope.Ping, "", "INVALID_MESSAGE"},
	} {
		t.Run(c.name, func(t *testing.T) { b.wantAnswer(c.id, c.number, c.payload, c.want) })
	}
	if b.post([]byte{0xff}) {
		t.Error("bytes that are no envelope are not reported as undecodable")
	}
	if r := <-b.replies; !bytes.Contains(r.envelope, []byte("DECODE_ERROR")) {
		t.Errorf("they are answered with %q", r.envelope)
	}
}

func TestEveryWayToFailHasItsCode(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, c := range []struct {
		name string
		out  sandbox.Outcome
		want string
	}{
		{"trap", sandbox.Outcome{Status: sandbox.Trapped, Reason: sandbox.ReasonUnreachable}, "HANDLER_TRAP"},
		{"fuel", sandbox.Outcome{Status: sandbox.OutOfFuel}, "HANDLER_FUEL"},
		{"deadline", sandbox.Outcome{Status: sandbox.TimedOut, Reason: sandbox.ReasonExecution}, "TIMEOUT"},
		{"client gone", sandbox.Outcome{Status: sandbox.Canceled}, "INTERNAL_ERROR"},
		{"storage", sandbox.Outcome{Status: sandbox.Failed, Err: broken}, "DATABASE_ERROR"},
		{"damaged record", sandbox.Outcome{Status: sandbox.Failed, Err: storage.ErrCorrupt}, "DATABASE_ERROR"},
		{"store closed", sandbox.Outcome{Status: sandbox.Failed, Err: storage.ErrUnavailable}, "SERVICE_UNAVAILABLE"},
		{"read-only", sandbox.Outcome{Status: sandbox.Failed, Err: storage.ErrReadOnly}, "SERVICE_UNAVAILABLE"},
		{"host function panicked", sandbox.Outcome{Status: sandbox.Failed, Err: &sandbox.HostFailure{Err: broken}}, "INTERNAL_ERROR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, func(call *sandbox.Call) sandbox.Outcome {
				put(t, call, "d-half", "done")
				return c.out
			})
			b.wantAnswer("m", writing, "", c.want)
			if b.store.Sequence() != 0 {
				t.Error("something was committed")
			}
			failed := b.lines("handler failed")
			if len(failed) != 1 || failed[0]["correlation_id"] != "m" || failed[0]["code"] != c.want || failed[0]["handler"] != "Write" {
				t.Errorf("logged %v", failed)
			}
		})
	}
}

func TestARefusalReachesTheClientCut(t *testing.T) {
	b := newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		c.Effects.Refusal = sandbox.Refusal{Code: abi.CodeValidation, Field: "title", Message: strings.Repeat("ä", 100)}
		return sandbox.Outcome{Status: sandbox.Refused}
	})
	reply, err := envelope.Peek(b.send(envelope.Append(nil, []byte("m"), 1, writing, nil)))
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for field := range uint32(3) {
		parts = append(parts, string(envelope.Field(reply.Payload, field+1)))
	}
	if want := []string{"VALIDATION_ERROR", strings.Repeat("ä", 60), "title"}; fmt.Sprint(parts) != fmt.Sprint(want) {
		t.Errorf("refused with %q", parts)
	}
}

func TestAPanicInTheHostCostsOneMessage(t *testing.T) {
	panicking := true
	b := newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		if panicking {
			panic("mistake")
		}
		return ok(c)
	})
	b.wantAnswer("m", writing, "", "INTERNAL_ERROR")
	panicking = false
	b.wantAnswer("m", writing, "", "done")
	if failed := b.lines("handler failed"); len(failed) != 1 || !strings.Contains(fmt.Sprint(failed[0]["error"]), "dispatch_test.go") {
		t.Errorf("the log has no stack: %v", failed)
	}
}

func TestALostCommitRunsAgainWithTheSameTimeAndSeed(t *testing.T) {
	for _, c := range []struct {
		losses int
		want   string
	}{{1, "done"}, {8, "done"}, {9, "OVERLOADED"}} {
		t.Run(fmt.Sprint(c.losses, " losses"), func(t *testing.T) {
			var b *bench
			runs := map[string]bool{}
			left := c.losses
			b = newBench(t, func(call *sandbox.Call) sandbox.Outcome {
				runs[fmt.Sprint(call.NowMS, call.Seed)] = true
				if _, _, err := call.Store.Get([]byte("d-hot")); err != nil {
					t.Error(err)
				}
				put(t, call, "d-mine", "x")
				if left > 0 {
					left--
					overtake(t, b.store, "d-hot")
				}
				return ok(call)
			})
			b.wantAnswer("m", writing, "", c.want)
			if len(runs) != 1 {
				t.Errorf("ran with %d times and seeds", len(runs))
			}
		})
	}
}

// overtake commits a write of key.
func overtake(t *testing.T, s *txn.Store, key string) {
	t.Helper()
	tx, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Discard()
	if err := tx.Put([]byte(key), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(1, nil); err != nil {
		t.Fatal(err)
	}
	if err := tx.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestARepeatedWriteIsReplayed(t *testing.T) {
	runs := 0
	b := newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		runs++
		c.Effects.Reply = fmt.Append(c.Effects.Reply, runs)
		c.Effects.Events = append(c.Effects.Events, sandbox.Event{Payload: []byte("event")})
		return sandbox.Outcome{Status: sandbox.OK}
	})
	b.wantAnswer("m", writing, "a", "1")
	b.wantAnswer("m", writing, "a", "1")
	b.wantAnswer("m", writing, "b", "INVALID_MESSAGE")
	b.wantAnswer("", writing, "a", "2") // no id, no idempotency
	b.wantAnswer("", writing, "a", "3")
	b.wantAnswer("m", reading, "", "4") // reads are not covered
	b.identity.User[0]++
	b.wantAnswer("m", writing, "a", "5") // another user's id
	if want := "[1 event 2 event 3 event 4 event]"; fmt.Sprint(b.published) != want {
		t.Errorf("published %v, want %s", b.published, want)
	}
	if replays := b.lines("replayed from idempotency record"); len(replays) != 1 {
		t.Errorf("%d replays logged", len(replays))
	}
}

func TestAFailedCallIsNotRemembered(t *testing.T) {
	failing := true
	b := newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		if failing {
			return sandbox.Outcome{Status: sandbox.Trapped}
		}
		return ok(c)
	})
	b.wantAnswer("m", writing, "", "HANDLER_TRAP")
	failing = false
	b.wantAnswer("m", writing, "", "done")
}

func TestHandlersLearnOfASessionBeforeItsFirstMessage(t *testing.T) {
	var ran []uint32
	failing := true
	b := newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		ran = append(ran, c.Route)
		if failing {
			return sandbox.Outcome{Status: sandbox.Failed, Err: errors.New("disk")}
		}
		return ok(c)
	}, abi.Route{ID: abi.RouteSessionOpened, Name: "SessionOpened", Kind: abi.KindInternal}, abi.Route{ID: reading, Name: "Read", Kind: abi.KindRead, Reply: 43})
	b.wantAnswer("m", reading, "", "DATABASE_ERROR")
	failing = false
	b.wantAnswer("m", reading, "", "done")
	b.wantAnswer("m", reading, "", "done")
	if want := []uint32{1, 1, reading, reading}; fmt.Sprint(ran) != fmt.Sprint(want) {
		t.Errorf("ran %v, want %v", ran, want)
	}
}

func TestTheBreakerCountsStorageFailuresOnly(t *testing.T) {
	out := sandbox.Outcome{Status: sandbox.Trapped}
	b := newBench(t, func(*sandbox.Call) sandbox.Outcome { return out })
	for range 5 {
		b.wantAnswer("m", reading, "", "HANDLER_TRAP")
	}
	out = sandbox.Outcome{Status: sandbox.Failed, Err: errors.New("disk")}
	b.wantAnswer("m", reading, "", "DATABASE_ERROR")
	b.wantAnswer("m", reading, "", "DATABASE_ERROR")
	b.wantAnswer("m", reading, "", "SERVICE_UNAVAILABLE")
	b.wantAnswer("m", envelope.Ping, "\x08\x01", "\x08\x01")
	if b.guard.State() != guard.Open {
		t.Error("the breaker is not open")
	}
}

func TestAFailedSyncIsUncertain(t *testing.T) {
	b := newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		put(t, c, "d-x", "y")
		c.Effects.Events = append(c.Effects.Events, sandbox.Event{Payload: []byte("event")})
		return ok(c)
	})
	b.engine.Fail("sync", errors.New("disk"))
	b.wantAnswer("m", writing, "", "UNCERTAIN")
	b.wantAnswer("n", writing, "", "SERVICE_UNAVAILABLE")
	if len(b.published) > 0 {
		t.Errorf("published %v", b.published)
	}
}

func TestSubscriptionsChangeWhenTheCallSucceeds(t *testing.T) {
	change := sandbox.Change{Kind: sandbox.Subscribe, Scope: abi.Scope{Kind: abi.ScopeTopic, ID: "x"}}
	out := sandbox.Outcome{Status: sandbox.Trapped}
	b := newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		c.Effects.Changes = append(c.Effects.Changes, change)
		return out
	})
	b.wantAnswer("m", reading, "", "HANDLER_TRAP")
	b.wantAnswer("m", writing, "", "HANDLER_TRAP")
	if len(b.applied) != 0 {
		t.Errorf("applied %v", b.applied)
	}
	out = sandbox.Outcome{Status: sandbox.OK}
	b.wantAnswer("m", reading, "", "")
	b.wantAnswer("m", writing, "", "")
	if len(b.applied) != 2 {
		t.Errorf("applied %v", b.applied)
	}
}

func TestTextOfClientsCannotForgeLogLines(t *testing.T) {
	b := newBench(t, ok)
	id := "x\",\"level\":\"ERROR\"}\n{\"msg\":\"forged"
	b.ask(id, reading, "")
	lines := b.lines("handler finished")
	if len(lines) != 1 || lines[0]["correlation_id"] != id || len(b.lines("forged")) != 0 {
		t.Errorf("logged %s", b.log.String())
	}
}

func TestAMessageWithoutIdGetsACorrelationId(t *testing.T) {
	b := newBench(t, ok)
	b.ask("", reading, "")
	b.ask("", reading, "")
	seen := map[any]bool{}
	for _, line := range b.lines("handler finished") {
		seen[line["correlation_id"]] = true
		if !strings.HasPrefix(fmt.Sprint(line["correlation_id"]), "req-") {
			t.Errorf("logged %v", line)
		}
	}
	if len(seen) != 2 {
		t.Errorf("%d different ids", len(seen))
	}
}

func TestTwoHandlersCannotClaimOneRoute(t *testing.T) {
	claim := func(name string) *Handler {
		return &Handler{Manifest: &abi.Manifest{Name: name, Routes: []abi.Route{{ID: 30, Name: "CreateWorkItem"}}}}
	}
	_, err := NewTable([]*Handler{claim("one"), claim("other")})
	if err == nil || !strings.Contains(err.Error(), "one") || !strings.Contains(err.Error(), "other") {
		t.Errorf("got %v", err)
	}
}
