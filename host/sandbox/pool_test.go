package sandbox_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"workcell/host/sandbox"
)

func TestAPoolCountsWhatItDid(t *testing.T) {
	pool := newHostile(t, 2)
	for _, test := range []struct {
		behaviour string
		status    sandbox.Status
		reason    sandbox.Reason
	}{
		{"count", sandbox.OK, ""},
		{"panic", sandbox.Trapped, sandbox.ReasonUnreachable},
		{"exit", sandbox.Trapped, sandbox.ReasonExit},
		{"half panic", sandbox.Trapped, sandbox.ReasonUnreachable},
		{"refuse 5 no", sandbox.Refused, ""},
	} {
		wants(t, pool, newCall(hostileWrite, test.behaviour), test.status, test.reason)
	}
	got := pool.Stats()
	if got.Calls != 5 || got.Clones != 1 || got.Discarded != 0 || fmt.Sprint(got.Traps) != "map[exit:1 unreachable:2]" {
		t.Errorf("counted %+v", got)
	}
}

func TestCallsGoOnWhileAPoolDecays(t *testing.T) {
	pool := newHostile(t, 2)
	var running sync.WaitGroup
	for range 2 {
		running.Go(func() {
			for range 20 {
				c := newCall(hostileWrite, "count")
				wants(t, pool, c, sandbox.OK, "")
				if string(c.Effects.Reply) != "1 1" {
					t.Errorf("the call saw earlier ones: %q", c.Effects.Reply)
				}
			}
		})
	}
	for range 20 {
		pool.Decay()
	}
	running.Wait()
	pool.Decay()
	wants(t, pool, newCall(hostileWrite, "count"), sandbox.OK, "")
	if got := pool.Stats(); got.Discarded != 0 {
		t.Errorf("counted %+v", got)
	}
}

// A manifest lowers the limits of its calls; it cannot raise them.
func TestWishesOfAManifest(t *testing.T) {
	const opMemoryGrow = 0x40
	engine := newEngine(t)
	run := func(wishes string, handle []byte) (sandbox.Outcome, *sandbox.Call) {
		manifest := strings.Replace(tinyManifest, `"version":"1"`, `"version":"1",`+wishes, 1)
		pool := sandbox.NewPool(load(t, engine, tiny(handle).manifest("%s", manifest).bytes()), 1)
		c := newCall(2000, "")
		return pool.Run(c, patience), c
	}
	write := func(n uint32) []byte { return code(i32(0), i32(n), opCall, 0, i32(0)) }
	if out, _ := run(`"reply_bytes":10`, write(10)); out.Status != sandbox.OK {
		t.Errorf("a reply as large as wished for ended with %+v", out)
	}
	if out, _ := run(`"reply_bytes":10`, write(11)); out.Reason != sandbox.ReasonReplyBytes {
		t.Errorf("a larger reply ended with %+v", out)
	}
	if out, _ := run(`"reply_bytes":4000000000`, write(65537)); out.Reason != sandbox.ReasonPointer {
		t.Errorf("a reply from outside the memory ended with %+v", out)
	}
	grow := func(pages uint32) []byte { return code(i32(pages), opMemoryGrow, 0) } // the result is the old size, or -1
	for _, test := range []struct {
		wish  string
		pages uint32
		grown bool
	}{
		{`"memory_pages":3`, 2, true},
		{`"memory_pages":3`, 3, false},
		{`"memory_pages":100000`, 1023, true},
		{`"memory_pages":100000`, 1024, false},
	} {
		out, c := run(test.wish, grow(test.pages))
		// 1, the old size, refuses with a code that does not exist; -1 as well: what tells them apart is the fuel of a growth.
		if out.Status != sandbox.Refused || (c.Used.Fuel > 8192*uint64(test.pages)) != test.grown {
			t.Errorf("with %s, growing by %d pages ended with %+v", test.wish, test.pages, out)
		}
	}
}
