package dispatch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/proto"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/client/pmpb"
	"workcell/host/fault"
	"workcell/host/sandbox"
	"workcell/storage/guard"
)

// hungBench is a bench on a disk that hangs, with a breaker that does not open.
func hungBench(t *testing.T, routes ...abi.Route) *bench {
	b := newBench(t, scripted, routes...)
	b.dispatch.guard = guard.New(guard.Config{FailureThreshold: 1 << 20})
	b.engine.HoldSync()
	t.Cleanup(b.engine.ReleaseSync) // for a test that fails
	return b
}

// A disk that hangs keeps nobody waiting: whatever is parked is answered when its time is up, and not again when the sync
// has ended after all. What was committed is told and remembered as ever.
func TestASyncThatHangsIsAnsweredAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := hungBench(t)
		b.post(request("1", writing, "put a 1 event"))
		b.post(request("2", reading, "get a"))
		b.post(request("3", writing, "refuse"))
		time.Sleep(10 * time.Second)
		b.post(request("4", writing, "get a put a 4 event"))
		time.Sleep(50*time.Second - 1)
		b.wantReplies()
		time.Sleep(time.Nanosecond)
		b.wantReplies("1 UNCERTAIN", "2 UNCERTAIN", "3 UNCERTAIN")
		time.Sleep(10*time.Second - 1)
		b.wantReplies()
		time.Sleep(time.Nanosecond)
		b.wantReplies("4 UNCERTAIN")
		if len(b.published) > 0 {
			t.Errorf("published %v", b.published)
		}
		if failed := b.lines("handler failed"); len(failed) != 5 || failed[4]["code"] != "UNCERTAIN" || !strings.Contains(fmt.Sprint(failed[4]["error"]), "look at the disk") {
			t.Errorf("logged %v", failed) // the refusal, and four that nobody knows of
		}

		b.engine.ReleaseSync()
		b.wantReplies()
		want := "[1 put a 1 event 2 get a put a 4 event]"
		if fmt.Sprint(b.published) != want {
			t.Errorf("published %v, want %s", b.published, want)
		}
		b.post(request("4", writing, "get a put a 4 event"))
		b.post(request("1", writing, "put a 1 event"))
		b.wantReplies("5 1", "6 ")
		if fmt.Sprint(b.published) != want {
			t.Errorf("a retry published: %v", b.published)
		}
		time.Sleep(time.Hour) // the timer goes off once more, and finds nothing
		b.wantReplies()
	})
}

// A message that waited for its turn has less time left than one that was parked before it.
func TestDeadlinesCountFromReceipt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := hungBench(t)
		first := b.dispatch.take(t.Context(), b, 0)
		time.Sleep(time.Second)
		b.post(request("1", writing, "put a 1"))
		time.Sleep(time.Second)
		b.post(request("2", writing, "put a 2"))
		first.identify()
		first.route, first.request = b.dispatch.table.Load().routes[writing], 3
		if f := first.admit(); f != nil {
			t.Fatal(f)
		}
		first.leave()
		time.Sleep(time.Minute - 3*time.Second)
		for _, want := range []string{"3 UNCERTAIN", "1 UNCERTAIN", "2 UNCERTAIN"} {
			b.wantReplies()
			time.Sleep(time.Second)
			b.wantReplies(want)
		}
		b.engine.ReleaseSync()
		b.wantReplies()
	})
}

func TestASyncThatFailsAfterTheDeadlineIsNotAnsweredAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := hungBench(t)
		b.post(request("1", writing, "put a 1 event"))
		time.Sleep(time.Minute)
		b.wantReplies("1 UNCERTAIN")
		b.post(request("2", writing, "put a 2 event"))
		b.engine.Fail("sync", errors.New("disk"))
		b.engine.ReleaseSync()
		b.wantReplies("2 UNCERTAIN")
		if len(b.published) > 0 {
			t.Errorf("published %v", b.published)
		}
		if failed := b.lines("handler failed"); len(failed) != 2 {
			t.Errorf("logged %v", failed)
		}
	})
}

// subscribing is a guest that subscribes its caller to something.
func subscribing(c *sandbox.Call) sandbox.Outcome {
	c.Effects.Changes = append(c.Effects.Changes, sandbox.Change{Kind: sandbox.Subscribe, Scope: abi.Scope{Kind: abi.ScopeTopic, ID: "t"}})
	return sandbox.Outcome{Status: sandbox.OK}
}

// The client of a subscription is answered; its next message waits on, because it has to see the subscription.
func TestASubscriptionOfAHungSyncIsMadeLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := hungBench(t, abi.Route{ID: envelope.Subscribe, Name: "Subscribe", Kind: abi.KindRead, Reply: 43})
		b.dispatch.table.Load().routes[envelope.Subscribe].handler.Runner = guest(subscribing)
		c := &returning{bench: b, complete: true}
		payload, err := proto.Marshal(&pmpb.Subscribe{ProjectIds: []string{"garden"}, ResumeAfter: proto.Int64(7)})
		if err != nil {
			t.Fatal(err)
		}
		returned := make(chan struct{})
		go func() {
			b.dispatch.Handle(context.Background(), c, 1, request("1", envelope.Subscribe, string(payload)))
			close(returned)
		}()
		time.Sleep(time.Minute)
		b.wantReplies("1 UNCERTAIN")
		select {
		case <-returned:
			t.Fatal("the next message may run")
		default:
		}
		b.engine.ReleaseSync()
		<-returned
		if want := "reply, apply 1 true, resume 7"; strings.Join(c.did, ", ") != want {
			t.Errorf("it did %v, want %s", c.did, want)
		}
		b.wantReplies()
	})
}

// A large reply that is not sent holds nobody up.
func TestALargeReplyOfAHungSyncIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := hungBench(t)
		b.post(request("1", writing, "put a "+strings.Repeat("x", largeReply)))
		time.Sleep(time.Second)
		b.post(request("2", reading, "get a"))
		b.wantReplies("1 UNCERTAIN", "2 UNCERTAIN") // the second one was waited for, for all its time
		b.engine.ReleaseSync()
		b.wantReplies()
	})
}

func TestTheHostsOwnCallsEndAtTheDeadlineToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := hungBench(t)
		_, err := b.dispatch.Call(t.Context(), b, writing, []byte("put a 1 change"))
		if f, ok := errors.AsType[*fault.Fault](err); !ok || f.Kind != fault.Uncertain {
			t.Errorf("got %v", err)
		}
		b.engine.ReleaseSync()
		synctest.Wait()
		if len(b.applied) != 1 {
			t.Errorf("applied %v", b.applied)
		}
	})
}

func TestASessionThatIsOpenedOnAHungDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := hungBench(t, abi.Route{ID: abi.RouteSessionOpened, Name: "SessionOpened", Kind: abi.KindInternal}, abi.Route{ID: writing, Name: "Write", Kind: abi.KindWrite})
		b.dispatch.table.Load().routes[abi.RouteSessionOpened].handler.Runner = guest(subscribing)
		b.post(request("1", writing, "put a 1"))
		b.wantReplies("1 UNCERTAIN")
		if b.opened {
			t.Error("the session counts as opened")
		}
		b.engine.ReleaseSync()
		b.wantReplies()
	})
}

// The breaker hears of a hung sync when a client does, and only then.
func TestHungSyncsOpenTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := hungBench(t)
		b.dispatch.guard = b.guard // opens at the second failure
		b.post(request("1", writing, "put a 1"))
		b.post(request("2", writing, "put a 2"))
		time.Sleep(time.Minute)
		synctest.Wait()
		b.post(request("3", writing, "put a 3"))
		b.wantReplies("1 UNCERTAIN", "2 UNCERTAIN", "3 SERVICE_UNAVAILABLE")
		b.engine.ReleaseSync()
		synctest.Wait()
		if s := b.guard.Stats(); s.State != guard.Open || s.Failures != 2 || s.Successes != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// More than maxUnsynced writes are not even applied while the disk hangs: they have not been done, and their clients are
// told so.
func TestMoreWritesThanMayWaitForTheDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := hungBench(t)
		b.replies = make(chan reply, maxUnsynced+2)
		for i := range maxUnsynced {
			b.post(request(fmt.Sprint(i), writing, "put a 1"))
		}
		b.post(request("more", writing, "put a more"))
		b.post(request("subscription", reading, "change"))
		if got := b.store.Sequence(); got != maxUnsynced {
			t.Errorf("%d commits are applied", got)
		}
		synctest.Wait()
		codes := map[string]int{}
		for len(b.replies) > 0 {
			header, err := envelope.Peek((<-b.replies).envelope)
			if err != nil {
				t.Fatal(err)
			}
			codes[string(envelope.Field(header.Payload, 1))]++
		}
		if codes["UNCERTAIN"] != maxUnsynced || codes["TIMEOUT"] != 2 {
			t.Errorf("answered %v", codes)
		}
		b.engine.ReleaseSync()
		synctest.Wait()
		if n := len(b.dispatch.queue); n != 0 {
			t.Errorf("%d places are not given back", n)
		}
		b.post(request("more", writing, "put a more"))
		b.wantReplies(fmt.Sprint(b.requests, " "))
	})
}

// Who waits for room among those that wait for the disk keeps nobody from running.
func TestReadsRunWhileWritesWaitForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := hungBench(t)
		b.replies = make(chan reply, 2*maxUnsynced)
		for i := range maxUnsynced {
			b.post(request(fmt.Sprint(i), writing, "put a 1"))
		}
		for i := range 2 * cap(b.dispatch.gate) {
			for _, message := range [][]byte{request(fmt.Sprint("w", i), writing, "put b 1"), request(fmt.Sprint("s", i), reading, "change")} {
				go b.dispatch.Handle(t.Context(), b, uint64(maxUnsynced+2*i+1), message) // ends at its deadline
			}
		}
		synctest.Wait()
		start := time.Now()
		b.post(request("read", reading, "get a"))
		if took := time.Since(start); took != 0 {
			t.Errorf("a read ran after %v", took)
		}
		time.Sleep(time.Hour)
		b.engine.ReleaseSync()
		synctest.Wait()
		if n := len(b.dispatch.queue) + len(b.dispatch.gate); n != 0 {
			t.Errorf("%d places are not given back", n)
		}
	})
}

func TestTheObserverIsToldOfAHungSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := hungBench(t)
		var seen observed
		b.dispatch.config.Observer = &seen
		b.post(request("1", writing, "put a 1"))
		time.Sleep(time.Minute)
		synctest.Wait()
		b.engine.ReleaseSync()
		synctest.Wait()
		if len(seen) != 1 {
			t.Fatalf("told of %d messages", len(seen))
		}
		if m := seen[0]; m.Code != "UNCERTAIN" || !m.StorageFailed || !m.Durable.IsZero() || m.Applied.IsZero() || m.Answered.Sub(m.Received) != time.Minute {
			t.Errorf("told %+v", m)
		}
		b.wantReplies("1 UNCERTAIN")
	})
}
