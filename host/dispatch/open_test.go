package dispatch

import (
	"errors"
	"testing"

	"workcell/abi"
	"workcell/host/sandbox"
)

func TestOpenTellsTheHandlersOfACaller(t *testing.T) {
	var told []abi.Identity
	fail := true
	b := newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		told = append(told, *c.Identity)
		if fail {
			return sandbox.Outcome{Status: sandbox.Failed, Err: errors.New("disk on fire")}
		}
		put(t, c, "d-user", "known")
		return ok(c)
	}, abi.Route{ID: abi.RouteSessionOpened, Name: "SessionOpened", Kind: abi.KindInternal})
	if err := b.dispatch.Open(t.Context(), b); err == nil || b.opened {
		t.Errorf("a handler that fails: %v, opened %t", err, b.opened)
	}
	fail = false
	if err := b.dispatch.Open(t.Context(), b); err != nil || !b.opened || b.store.Sequence() != 1 {
		t.Errorf("%v, opened %t, %d commits", err, b.opened, b.store.Sequence())
	}
	if len(told) != 2 || told[1].User != b.identity.User {
		t.Errorf("told of %v", told)
	}
	if len(b.replies) != 0 {
		t.Error("somebody was answered")
	}
}

func TestOpenWithoutAHandlerForIt(t *testing.T) {
	b := newBench(t, ok)
	if err := b.dispatch.Open(t.Context(), b); err != nil || !b.opened {
		t.Errorf("%v, opened %t", err, b.opened)
	}
}
