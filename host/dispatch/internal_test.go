package dispatch

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"workcell/abi"
	"workcell/host/fault"
	"workcell/host/sandbox"
	"workcell/storage/guard"
)

// internalRoutes are a route of the host's, and one that clients may read with.
var internalRoutes = []abi.Route{
	{ID: abi.RouteMembers, Name: "Members", Kind: abi.KindInternal},
	{ID: reading, Name: "Read", Kind: abi.KindRead, Reply: 43},
}

func TestACallOfTheHostIsACommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, scripted, internalRoutes...)
		b.engine.HoldSync()
		type outcome struct {
			reply string
			err   error
		}
		done := make(chan outcome, 1)
		go func() {
			reply, err := b.dispatch.Call(t.Context(), b, abi.RouteMembers, []byte("put a 1 get a event change"))
			done <- outcome{string(reply), err}
		}()
		synctest.Wait()
		if len(done) > 0 || len(b.published) > 0 || len(b.applied) > 0 {
			t.Fatal("it was told before it is durable")
		}
		b.engine.ReleaseSync()
		if got := <-done; got != (outcome{reply: "1"}) {
			t.Errorf("answered %+v", got)
		}
		if len(b.published) != 1 || len(b.applied) != 1 || b.store.Sequence() != 1 {
			t.Errorf("published %v, applied %v, %d commits", b.published, b.applied, b.store.Sequence())
		}
		b.wantReplies() // nobody asked
		b.opened = true
		b.wantAnswer("m", reading, "get a", "1")
	})
}

func TestACallOfTheHostCanFail(t *testing.T) {
	b := newBench(t, scripted, internalRoutes...)
	if _, err := b.dispatch.Call(t.Context(), b, abi.RouteRetention, nil); !errors.Is(err, ErrNoRoute) {
		t.Errorf("a route that nobody has: %v", err)
	}
	_, err := b.dispatch.Call(t.Context(), b, abi.RouteMembers, []byte("put a 1 refuse"))
	if f, ok := errors.AsType[*fault.Fault](err); !ok || f.WireCode() != "CONFLICT" {
		t.Errorf("a refusal: %v", err)
	}
	b.engine.Fail("sync", errors.New("disk"))
	_, err = b.dispatch.Call(t.Context(), b, abi.RouteMembers, []byte("put a 1"))
	if f, ok := errors.AsType[*fault.Fault](err); !ok || f.Kind != fault.Uncertain {
		t.Errorf("a failed sync: %v", err)
	}
}

// What a call of the host loses in conflicts, it does again, as every call.
func TestACallOfTheHostRunsAgain(t *testing.T) {
	runs := 0
	var b *bench
	b = newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		if _, _, err := c.Store.Get([]byte("d-hot")); err != nil {
			t.Error(err)
		}
		put(t, c, "d-mine", "x")
		if runs++; runs == 1 {
			overtake(t, b.store, "d-hot")
		}
		return ok(c)
	}, internalRoutes...)
	if reply, err := b.dispatch.Call(t.Context(), b, abi.RouteMembers, nil); string(reply) != "done" || err != nil || runs != 2 {
		t.Errorf("%q, %v after %s runs", reply, err, fmt.Sprint(runs))
	}
}

// The breaker hears of a storage that fails under a call that nobody is answered.
func TestTheBreakerHearsOfTheHostsOwnCalls(t *testing.T) {
	for name, call := range map[string]func(b *bench){
		"a call": func(b *bench) {
			if _, err := b.dispatch.Call(t.Context(), b, abi.RouteMembers, nil); err == nil {
				t.Error("the call went well")
			}
		},
		"the opening of a session": func(b *bench) { b.wantAnswer("m", reading, "", "DATABASE_ERROR") },
		"the opening of one without messages": func(b *bench) {
			if b.dispatch.Open(t.Context(), b) == nil {
				t.Error("the session was opened")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := &failing{left: 2, err: errors.New("disk on fire")}
			b := newBench(t, f.run, append([]abi.Route{{ID: abi.RouteSessionOpened, Name: "Opened", Kind: abi.KindInternal}}, internalRoutes...)...)
			call(b)
			call(b)
			if s := b.guard.Stats(); s.State != guard.Open || s.Failures != 2 || s.Successes != 0 {
				t.Errorf("the breaker counts %+v", s)
			}
		})
	}
}
