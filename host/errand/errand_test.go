package errand_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"workcell/abi"
	"workcell/host/errand"
	"workcell/host/sandbox"
	"workcell/storage"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

// runner runs a function of this test in a guest's place.
type runner func(c *sandbox.Call) sandbox.Outcome

func (r runner) Run(c *sandbox.Call, execution time.Duration) sandbox.Outcome {
	if execution != errand.MaxRun {
		panic("not the time an errand has")
	}
	return r(c)
}

func newHandler(t *testing.T, run runner) *errand.Handler {
	t.Helper()
	s, err := txn.Open(storagetest.NewMemory(), txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	tx, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Discard()
	if err := tx.Put([]byte("key"), []byte("stored")); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(far, nil); err != nil {
		t.Fatal(err)
	}
	return &errand.Handler{
		Manifest: &abi.Manifest{Name: "board", Version: "1.0.0", Routes: []abi.Route{{ID: 2, Name: "Check", Kind: abi.KindInternal, Fuel: 7}}},
		Runner:   run, Store: s,
	}
}

// far is the time of the last commit: the year 2100.
const far = 4_102_444_800_000

func TestReadGivesTheReply(t *testing.T) {
	h := newHandler(t, func(c *sandbox.Call) sandbox.Outcome {
		value, found, err := c.Store.Get([]byte("key"))
		if c.Route != 2 || string(c.Input) != "cursor" || !c.ReadOnly || c.Fuel != 7 || c.NowMS != far || !reflect.DeepEqual(*c.Identity, abi.Identity{}) || c.Held != nil {
			t.Errorf("the call is %+v", c)
		}
		if string(value) != "stored" || !found || err != nil {
			t.Errorf("it reads %q %v", value, err)
		}
		if c.Seed == [32]byte{} {
			t.Error("it has no seed")
		}
		c.Effects.Reply = []byte("reply")
		return sandbox.Outcome{}
	})
	if !h.Offers(2) || h.Offers(3) {
		t.Error("it offers something else than it declares")
	}
	reply, err := h.Read(t.Context(), 2, []byte("cursor"))
	if err != nil || string(reply) != "reply" {
		t.Errorf("got %q, %v", reply, err)
	}
}

func TestReadSaysWhatWentWrong(t *testing.T) {
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		out  sandbox.Outcome
		want string
	}{
		"a refusal":     {sandbox.Outcome{Status: sandbox.Refused}, "handler board 1.0.0, Check: refused: NOT_FOUND no such thing"},
		"a trap":        {sandbox.Outcome{Status: sandbox.Trapped, Reason: "pointer", Err: broken}, "Check: trapped (pointer): broken"},
		"out of fuel":   {sandbox.Outcome{Status: sandbox.OutOfFuel, Err: broken}, "Check: out_of_fuel: broken"},
		"a failed host": {sandbox.Outcome{Status: sandbox.Failed, Err: storage.ErrCorrupt}, "Check: failed: stored data is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHandler(t, func(c *sandbox.Call) sandbox.Outcome {
				c.Effects.Refusal = sandbox.Refusal{Code: abi.CodeNotFound, Message: "no such thing"}
				c.Effects.Reply = []byte("half a reply")
				return test.out
			})
			reply, err := h.Read(t.Context(), 2, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) || reply != nil {
				t.Errorf("got %q, %v", reply, err)
			}
			if test.out.Err != nil && !errors.Is(err, test.out.Err) {
				t.Errorf("%v hides its cause", err)
			}
		})
	}
}

func TestReadOfARouteNobodyTakes(t *testing.T) {
	h := newHandler(t, nil)
	if _, err := h.Read(t.Context(), 3, nil); err == nil || !strings.Contains(err.Error(), "does not take route 3") {
		t.Error(err)
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	h := newHandler(t, func(c *sandbox.Call) sandbox.Outcome {
		cancel(gone)
		<-c.Cancel.Done()
		return sandbox.Outcome{Status: sandbox.Canceled, Err: errors.New("the client is gone")}
	})
	if _, err := h.Read(ctx, 2, nil); !errors.Is(err, gone) {
		t.Error(err)
	}
}

func TestReadOfAClosedStore(t *testing.T) {
	h := newHandler(t, nil)
	if err := h.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Read(t.Context(), 2, nil); !errors.Is(err, storage.ErrUnavailable) {
		t.Error(err)
	}
}
