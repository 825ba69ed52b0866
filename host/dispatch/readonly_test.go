package dispatch

import (
	"errors"
	"fmt"
	"testing"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/storage"
	"workcell/storage/guard"
)

// disk is a Disk that answers with an error, or nil.
type disk struct{ err error }

func (d *disk) Writable() error { return d.err }

// errFull is what the storage says of a full disk.
var errFull = fmt.Errorf("%w: the disk is full", storage.ErrReadOnly)

func TestWritesThatAreNotTakenRunNoGuest(t *testing.T) {
	var ran []uint32
	b := newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		ran = append(ran, c.Route)
		return ok(c)
	})
	state := &disk{errFull}
	b.dispatch.config.Disk = state
	for range 5 { // more than open the breaker
		b.wantAnswer("w", writing, "", "SERVICE_UNAVAILABLE")
	}
	b.wantAnswer("r", reading, "", "done")
	state.err = fmt.Errorf("%w: the log has failed", storage.ErrUnavailable)
	b.wantAnswer("w", writing, "", "SERVICE_UNAVAILABLE")
	state.err = nil
	b.wantAnswer("w", writing, "", "done")
	if want := []uint32{reading, writing}; fmt.Sprint(ran) != fmt.Sprint(want) {
		t.Errorf("ran %v, want %v", ran, want)
	}
	if s := b.guard.Stats(); s.State != guard.Closed || s.Failures != 0 || s.Refused != 0 || s.Successes != 2 {
		t.Errorf("the breaker counts %+v", s)
	}
}

// A user who is not known yet reads from a store that takes no writes, and becomes known as soon as it does.
func TestWhoIsNotKnownReadsFromAReadOnlyStore(t *testing.T) {
	b := newBench(t, func(c *sandbox.Call) sandbox.Outcome {
		if c.Route == abi.RouteSessionOpened {
			put(t, c, "d-user", "known")
		}
		return ok(c)
	}, abi.Route{ID: abi.RouteSessionOpened, Name: "SessionOpened", Kind: abi.KindInternal},
		abi.Route{ID: writing, Name: "Write", Kind: abi.KindWrite}, abi.Route{ID: reading, Name: "Read", Kind: abi.KindRead, Reply: 43})
	state := &disk{errFull}
	b.dispatch.config.Disk = state
	b.engine.Fail("apply", errFull)
	b.wantAnswer("1", reading, "", "done")
	b.wantAnswer("2", writing, "", "SERVICE_UNAVAILABLE")
	if b.opened {
		t.Error("the session counts as opened")
	}
	if err := b.dispatch.Open(t.Context(), b); !errors.Is(err, storage.ErrReadOnly) || b.opened {
		t.Errorf("opened %t, %v", b.opened, err)
	}
	state.err = nil
	b.engine.Fail("apply", nil)
	b.wantAnswer("3", reading, "", "done")
	if !b.opened || b.store.Sequence() != 1 {
		t.Errorf("opened %t, %d commits", b.opened, b.store.Sequence())
	}
}
