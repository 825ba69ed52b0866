package dispatch

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"workcell/abi"
	"workcell/host/sandbox"
)

var retention = abi.Route{ID: abi.RouteRetention, Name: "Retention", Kind: abi.KindInternal}

// historian is a guest whose rows have the keys d + time in ms; its cursor is the next key.
type historian struct {
	t     *testing.T
	asked []abi.RetentionRequest
	took  []int // rows of each transaction
	hook  func()
}

func (h *historian) run(c *sandbox.Call) sandbox.Outcome {
	req, parsed := abi.ParseRetentionRequest(c.Input)
	if !parsed {
		h.t.Errorf("asked %x", c.Input)
	}
	h.asked = append(h.asked, req)
	var old [][]byte
	var reply abi.RetentionReply
	from := slices.Concat([]byte("d"), req.Cursor)
	if err := c.Store.Scan(from, rowAt(req.BeforeMS), false, func(key, _ []byte) bool {
		if len(old) == int(req.Limit) {
			reply.Cursor = slices.Clone(key[1:])
			return false
		}
		old = append(old, slices.Clone(key))
		return true
	}); err != nil {
		h.t.Error(err)
	}
	for _, key := range old {
		if err := c.Store.Delete(key); err != nil {
			h.t.Error(err)
		}
	}
	if h.hook != nil {
		h.hook()
	}
	reply.Deleted = uint32(len(old))
	h.took = append(h.took, len(old))
	c.Effects.Reply = abi.AppendRetentionReply(c.Effects.Reply, &reply)
	return sandbox.Outcome{Status: sandbox.OK}
}

func rowAt(ms int64) []byte { return binary.BigEndian.AppendUint64([]byte("d"), uint64(ms)) }

// fill stores rows of n milliseconds that end with the present.
func (b *bench) fill(n int) {
	b.t.Helper()
	tx, err := b.store.Begin()
	if err != nil {
		b.t.Fatal(err)
	}
	defer tx.Discard()
	now := time.Now().UnixMilli()
	for i := range n {
		if err := tx.Put(rowAt(now-int64(i)), []byte("row")); err != nil {
			b.t.Fatal(err)
		}
	}
	if _, err := tx.Commit(now, nil); err != nil {
		b.t.Fatal(err)
	}
	if err := tx.Wait(); err != nil {
		b.t.Fatal(err)
	}
}

func TestOldHistoryIsDeletedALittleAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &historian{t: t}
		b := newBench(t, h.run, retention)
		b.fill(1000)
		began := time.Now()
		deleted, err := b.dispatch.Forget(t.Context(), b, 500*time.Millisecond)
		if deleted != 499 || err != nil || b.count("d") != 501 {
			t.Errorf("%d rows were deleted, %v; %d are left", deleted, err, b.count("d"))
		}
		if want := []int{forgetRows, forgetRows, 99}; !slices.Equal(h.took, want) {
			t.Errorf("transactions of %v rows, want %v", h.took, want)
		}
		if waited := time.Since(began); waited != 2*forgetPause {
			t.Errorf("others had %v between", waited)
		}
		time.Sleep(time.Hour) // now all are old
		if deleted, err := b.dispatch.Forget(t.Context(), b, time.Minute); deleted != 501 || err != nil {
			t.Errorf("an hour later %d rows were deleted, %v", deleted, err)
		}
	})
}

func TestWithoutHistoryNothingIsDeleted(t *testing.T) {
	b := newBench(t, ok)
	if deleted, err := b.dispatch.Forget(t.Context(), b, 0); deleted != 0 || err != nil {
		t.Errorf("%d, %v", deleted, err)
	}
}

// A transaction that loses against writers is tried again later; one that never wins is left for the next day.
func TestDeletionYieldsToWriters(t *testing.T) {
	for _, c := range []struct{ losses, deleted int }{{0, 299}, {maxAttempts, 299}, {10 * maxAttempts, 0}} {
		synctest.Test(t, func(t *testing.T) {
			h := &historian{t: t}
			b := newBench(t, h.run, retention)
			b.fill(300)
			left, hot := c.losses, string(rowAt(time.Now().UnixMilli()-299))
			h.hook = func() {
				if left > 0 {
					left--
					overtake(t, b.store, hot)
				}
			}
			deleted, err := b.dispatch.Forget(t.Context(), b, 0)
			if deleted != c.deleted || (err == nil) != (c.deleted > 0) || err != nil && !contended(err) {
				t.Errorf("after %d losses %d rows were deleted, %v", c.losses, deleted, err)
			}
		})
	}
}

func TestDeletionEnds(t *testing.T) {
	stuck := func(c *sandbox.Call) sandbox.Outcome {
		c.Effects.Reply = abi.AppendRetentionReply(c.Effects.Reply, &abi.RetentionReply{Cursor: []byte("here")})
		return sandbox.Outcome{Status: sandbox.OK}
	}
	for name, run := range map[string]guest{"a handler that does not get on": stuck, "a handler that answers rubbish": ok} {
		synctest.Test(t, func(t *testing.T) {
			if _, err := newBench(t, run, retention).dispatch.Forget(t.Context(), new(bench), 0); err == nil {
				t.Errorf("%s: no error", name)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		h := &historian{t: t, hook: cancel}
		b := newBench(t, h.run, retention)
		b.fill(1000)
		if deleted, err := b.dispatch.Forget(ctx, b, 0); deleted != forgetRows || !errors.Is(err, context.Canceled) {
			t.Errorf("with the server going down %d rows were deleted, %v", deleted, err)
		}
	})
}
