package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"workcell/abi"
	"workcell/host/hosttest"
	"workcell/host/sandbox"
)

// The routes of guests/hostile.
const (
	hostileWrite = 990
	hostileRead  = 991
)

// newHostile returns a pool with the hostile guest.
func newHostile(t testing.TB, size int) *sandbox.Pool {
	t.Helper()
	return sandbox.NewPool(load(t, newEngine(t), hosttest.Guest(t, "./guests/hostile")), size)
}

// ample is more fuel than any of these calls can burn before its deadline.
const ample = 1 << 50

// newCall returns a call with an empty store of its own, and ample fuel.
func newCall(route uint32, input string) *sandbox.Call {
	return &sandbox.Call{
		Route: route, Input: []byte(input), Store: newMemory(), ReadOnly: route == hostileRead,
		NowMS: 1_700_000_000_000, Seed: [32]byte{1}, Limits: sandbox.Limits{}.WithDefaults(), Until: time.Now().Add(patience), Fuel: ample,
	}
}

// wants runs c and asserts how it ends.
func wants(t testing.TB, pool *sandbox.Pool, c *sandbox.Call, status sandbox.Status, reason sandbox.Reason) sandbox.Outcome {
	t.Helper()
	out := pool.Run(c, patience)
	if out.Status != status || out.Reason != reason {
		t.Errorf("%q ended with %s (%s): %v; want %s (%s)", c.Input, out.Status, out.Reason, out.Err, status, reason)
	}
	if (out.Err == nil) != (status == sandbox.OK || status == sandbox.Refused) {
		t.Errorf("%q ended with %s and the error %v", c.Input, out.Status, out.Err)
	}
	return out
}

func TestMistakesOfAGuestAreTrapsWithAReason(t *testing.T) {
	pool := newHostile(t, 1)
	for _, test := range []struct {
		route     uint32
		behaviour string
		reason    sandbox.Reason
	}{
		{hostileWrite, "panic", sandbox.ReasonUnreachable},
		{hostileWrite, "nil", sandbox.ReasonUnreachable},
		{hostileWrite, "divide", sandbox.ReasonUnreachable},
		{hostileWrite, "recurse", sandbox.ReasonUnreachable},
		{hostileWrite, "hoard", sandbox.ReasonUnreachable},
		{hostileWrite, "deadlock", sandbox.ReasonUnreachable},
		{hostileWrite, "fatal", sandbox.ReasonUnreachable},
		{hostileWrite, "exit", sandbox.ReasonExit},
		{hostileWrite, "exit-import 0", sandbox.ReasonExit},
		{hostileWrite, "exit-import 7", sandbox.ReasonExit},
		{hostileWrite, "reply 33 1048576", sandbox.ReasonReplyBytes},
		{hostileRead, "reply 1 33554433", sandbox.ReasonReplyBytes},
		{hostileWrite, "writes 10001 0", sandbox.ReasonWrites},
		{hostileWrite, "writes 5 4194304", sandbox.ReasonWriteBytes},
		{hostileWrite, "writes 1 4194305", sandbox.ReasonArgument},
		{hostileWrite, "events 2001 0", sandbox.ReasonEvents},
		{hostileWrite, "events 17 1048576", sandbox.ReasonEventBytes},
		{hostileWrite, "revocations 10001", sandbox.ReasonWrites},
		{hostileWrite, "undeclared-event", sandbox.ReasonRoute},
		{hostileWrite, "scopes 5 4 1", sandbox.ReasonArgument},
		{hostileWrite, "scopes 5 4 5", sandbox.ReasonArgument},
		{hostileWrite, "scopes 5 4 6", sandbox.ReasonArgument},
		{hostileWrite, "scopes 0 4 0", sandbox.ReasonArgument},
		{hostileWrite, "scopes 1 4 0", sandbox.ReasonArgument},
		{hostileWrite, "scopes 5 65 0", sandbox.ReasonArgument},
		{hostileWrite, "scopes 200 16 0", sandbox.ReasonArgument},
		{hostileWrite, "undeclared-set 2", sandbox.ReasonDataSet},
		{hostileWrite, "undeclared-set 0xffffffff", sandbox.ReasonDataSet},
		{hostileWrite, "write-read-set", sandbox.ReasonReadOnly},
		{hostileRead, "put k v", sandbox.ReasonReadOnly},
		{hostileWrite, "random-too-much", sandbox.ReasonArgument},
		{hostileWrite, "half panic", sandbox.ReasonUnreachable},
		{hostileWrite, "wild kv_put.val 0xffffffff 1", sandbox.ReasonPointer},
	} {
		wants(t, pool, newCall(test.route, test.behaviour), sandbox.Trapped, test.reason)
	}
	c := newCall(hostileWrite, "keys")
	wants(t, pool, c, sandbox.OK, "")
	if string(c.Effects.Reply) != "0" {
		t.Errorf("after all this a new store has %s keys", c.Effects.Reply)
	}
}

func TestWildPointersOfTheHostileGuestAreTraps(t *testing.T) {
	pool := newHostile(t, 1)
	for _, function := range []string{
		"input_read", "output_write", "kv_get.key", "kv_get.buf", "kv_put.key", "kv_put.val", "kv_delete", "kv_scan.lo",
		"kv_scan.hi", "kv_scan.buf", "emit.scopes", "emit.payload", "subscribe", "unsubscribe", "revoke.id", "revoke.user",
		"fail.field", "fail.message", "identity", "config_get.key", "config_get.buf", "random", "log",
		"wasi.args_sizes_get.count", "wasi.args_sizes_get.size", "wasi.environ_sizes_get", "wasi.clock_res_get",
		"wasi.clock_time_get", "wasi.fd_fdstat_get", "wasi.fd_write.vectors", "wasi.fd_write.vector", "wasi.fd_write.written",
		"wasi.poll_oneoff.in", "wasi.poll_oneoff.out", "wasi.poll_oneoff.events", "wasi.random_get",
	} {
		wants(t, pool, newCall(hostileWrite, "wild "+function+" 0xffffffff 0xffffffff"), sandbox.Trapped, sandbox.ReasonPointer)
	}
}

func TestTrapsOfTheEngineThatNoGoGuestReaches(t *testing.T) {
	e := newEngine(t)
	for _, test := range []struct {
		name   string
		code   []byte
		reason sandbox.Reason
	}{
		{"stack overflow", code(i32(0), i32(0), opCall, 3), sandbox.ReasonStackOverflow},
		{"beyond the memory", code(i32(0xfffffff0), opI32Load, 0, 0), sandbox.ReasonBounds},
		{"division by zero", code(i32(1), i32(0), opI32DivS), sandbox.ReasonArithmetic},
		{"no such entry of the table", code(i32(0), i32(0), i32(9), opCallIndirect, 0, 0, i32(0)), sandbox.ReasonTable},
	} {
		w := tiny(test.code)
		w.table = []int{0}
		m := load(t, e, w.bytes())
		wants(t, sandbox.NewPool(m, 1), newCall(2000, ""), sandbox.Trapped, test.reason)
	}
}

// Growing memory beyond the limit is refused, which is no trap: the guest's runtime decides what to make of it.
func TestMemoryEndsAtItsLimit(t *testing.T) {
	m := load(t, newEngine(t), tiny(code(i32(1023), opMemoryGrow, 0, opDrop, i32(1), opMemoryGrow, 0)).bytes())
	c := newCall(2000, "")
	wants(t, sandbox.NewPool(m, 1), c, sandbox.Refused, "") // memory.grow answered -1, which is what was returned
	m = load(t, newEngine(t), tiny(code(i32(1022), opMemoryGrow, 0, opDrop, i32(1), opMemoryGrow, 0)).bytes())
	wants(t, sandbox.NewPool(m, 1), c, sandbox.Refused, "") // 1023 pages, which is what was returned
}

func TestRefusals(t *testing.T) {
	pool := newHostile(t, 1)
	for behaviour, want := range map[string]sandbox.Refusal{
		"refuse 5 It is not":  {Code: abi.CodeConflict, Message: "It is not"},
		"refuse 99 It is not": {Code: abi.CodeInternal, Message: "It is not"},
		"error":               {Code: abi.CodeInternal, Message: "The handler failed"},
		"unheard-of":          {Code: abi.CodeInvalidMessage, Message: "No such behaviour"},
		"half refuse 3 Gone":  {Code: abi.CodeNotFound, Message: "Gone"},
	} {
		c := newCall(hostileWrite, behaviour)
		wants(t, pool, c, sandbox.Refused, "")
		if c.Effects.Refusal != want {
			t.Errorf("%s: %+v, want %+v", behaviour, c.Effects.Refusal, want)
		}
	}
	for result, handle := range map[string][]byte{"1": i32(1), "-1": i32(1<<32 - 1)} {
		c := newCall(2000, "")
		wants(t, sandbox.NewPool(load(t, newEngine(t), tiny(handle).bytes()), 1), c, sandbox.Refused, "")
		if c.Effects.Refusal.Code != abi.CodeInternal || c.Effects.Refusal.Message == "" {
			t.Errorf("%s without a call of fail: %+v", result, c.Effects.Refusal)
		}
	}
}

func TestSleepingTakesNoTime(t *testing.T) {
	c := newCall(hostileWrite, "sleep 4294967295")
	wants(t, newHostile(t, 1), c, sandbox.OK, "")
	if string(c.Effects.Reply) != "1193046h28m15s" {
		t.Errorf("the guest slept %s", c.Effects.Reply)
	}
}

func TestALoopEndsAtItsDeadline(t *testing.T) {
	pool := newHostile(t, 4)
	var running sync.WaitGroup
	for _, behaviour := range []string{"loop", "scan-forever"} {
		running.Go(func() {
			c := newCall(hostileWrite, behaviour)
			c.Limits.HostCalls = math.MaxInt // it is the time that ends it, on a fast machine too
			until := c.Until
			out := pool.Run(c, 300*time.Millisecond)
			if out.Status != sandbox.TimedOut || out.Reason != sandbox.ReasonExecution {
				t.Errorf("%s: ended with %+v", behaviour, out)
			}
			if c.Until != until {
				t.Errorf("%s: the call's deadline was %v, now it is %v", behaviour, until, c.Until)
			}
		})
	}
	running.Go(func() {
		c := newCall(hostileWrite, "loop")
		c.Until = time.Now().Add(300 * time.Millisecond)
		wants(t, pool, c, sandbox.TimedOut, sandbox.ReasonExecution)
	})
	running.Go(func() {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(300*time.Millisecond, cancel)
		c := newCall(hostileWrite, "loop")
		c.Cancel = ctx
		wants(t, pool, c, sandbox.Canceled, "")
	})
	running.Wait()
	wants(t, pool, newCall(hostileWrite, "count"), sandbox.OK, "")
}

func TestACallThatEndsBadlyHasNoEffects(t *testing.T) {
	pool := newHostile(t, 1)
	for _, behaviour := range []string{"half panic", "half refuse 3"} {
		c := newCall(hostileWrite, behaviour)
		if out := pool.Run(c, patience); out.Status == sandbox.OK {
			t.Errorf("%s ended well", behaviour)
		}
		if e := c.Effects; len(e.Reply)+len(e.Events)+len(e.Changes) > 0 {
			t.Errorf("%s left %+v", behaviour, e)
		}
	}
}

func TestWaitingForAnInstanceEnds(t *testing.T) {
	pool := newHostile(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	entered := make(chan struct{})
	holder := newCall(hostileWrite, "half loop")
	holder.Cancel, holder.Store = ctx, &signalling{memory: newMemory(), entered: entered}
	ended := make(chan sandbox.Outcome)
	go func() { ended <- pool.Run(holder, patience) }() // ended by cancel
	<-entered

	late := newCall(hostileWrite, "count")
	late.Until = time.Now().Add(20 * time.Millisecond)
	wants(t, pool, late, sandbox.TimedOut, sandbox.ReasonQueue)
	late.Until = time.Now().Add(-time.Hour)
	wants(t, pool, late, sandbox.TimedOut, sandbox.ReasonQueue)
	expired, stop := context.WithDeadline(t.Context(), late.Until)
	defer stop()
	late.Cancel = expired // a deadline that passed is no client that left
	wants(t, pool, late, sandbox.TimedOut, sandbox.ReasonQueue)

	gone, leave := context.WithCancel(t.Context())
	leave()
	abandoned := newCall(hostileWrite, "count")
	abandoned.Cancel = gone
	wants(t, pool, abandoned, sandbox.Canceled, "")

	waiting := make(chan sandbox.Outcome)
	patient := newCall(hostileWrite, "count")
	go func() { waiting <- pool.Run(patient, patience) }()
	cancel()
	if out := <-ended; out.Status != sandbox.Canceled {
		t.Errorf("the canceled call ended with %+v", out)
	}
	if out := <-waiting; out.Status != sandbox.OK || string(patient.Effects.Reply) != "1 1" {
		t.Errorf("the call behind it ended with %+v and %q", out, patient.Effects.Reply)
	}
}

// signalling tells when a call has reached its store.
type signalling struct {
	*memory
	entered chan struct{}
}

func (s *signalling) Put(key, value []byte) error {
	close(s.entered)
	return s.memory.Put(key, value)
}

func TestAFailureOfTheStorageIsNotTheGuests(t *testing.T) {
	pool := newHostile(t, 1)
	for _, behaviour := range []string{"put k v", "get k", "keys"} {
		c := newCall(hostileWrite, behaviour)
		c.Store.(*memory).fault = errFault
		if out := wants(t, pool, c, sandbox.Failed, ""); !errors.Is(out.Err, errFault) {
			t.Errorf("%s: failed with %v", behaviour, out.Err)
		}
	}
	c := newCall(hostileWrite, "get k")
	c.Store = nil
	wants(t, pool, c, sandbox.Failed, "")
	c.Input = make([]byte, abi.MaxRequestBytes+1)
	wants(t, pool, c, sandbox.Failed, "")
}

func TestAPanicOfAHostFunctionEndsOneCall(t *testing.T) {
	e, err := sandbox.New(t.Context(), sandbox.Config{Functions: []sandbox.Function{
		{Module: abi.Module, Name: "output_write", Params: outputWrite.params, Run: func(c *sandbox.Call, stack []uint64) {
			c.Effects.Reply = append(c.Effects.Reply, c.Bytes(uint32(stack[0]), uint32(stack[1]))...)
		}},
		{Module: abi.Module, Name: "broken", Run: func(*sandbox.Call, []uint64) { panic("a mistake of the host") }},
		{Module: abi.Module, Name: "broken_index", Run: func(*sandbox.Call, []uint64) { _ = []int{}[len(outputWrite.name)] }},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close(context.Background())
	for _, function := range []string{"broken", "broken_index"} {
		m := load(t, e, tiny(code(opCall, 1, i32(0)), wasmImport{module: abi.Module, name: function}).bytes())
		out := wants(t, sandbox.NewPool(m, 1), newCall(2000, ""), sandbox.Failed, "")
		var panicked *sandbox.HostFailure
		if !errors.As(out.Err, &panicked) {
			t.Errorf("%s: failed with %v, want a panic of the host", function, out.Err)
		}
	}
}

func TestStandardErrorIsKeptBounded(t *testing.T) {
	pool := newHostile(t, 1)
	c := newCall(hostileWrite, "stderr-flood 100")
	wants(t, pool, c, sandbox.Trapped, sandbox.ReasonUnreachable)
	if len(c.Stderr) > 8<<10 || !bytes.Contains(c.Stderr, []byte("hostile: last words")) {
		t.Errorf("%d bytes were kept: %q", len(c.Stderr), c.Stderr)
	}
	quiet := newCall(hostileWrite, "count")
	wants(t, pool, quiet, sandbox.OK, "")
	if len(quiet.Stderr) > 0 {
		t.Errorf("another call's last words: %q", quiet.Stderr)
	}
}

func TestLogLinesBeyondTheLimitAreDropped(t *testing.T) {
	c := newCall(hostileWrite, "log-flood 250")
	var lines []string
	c.Log = func(_ int, line string) { lines = append(lines, line) }
	wants(t, newHostile(t, 1), c, sandbox.OK, "")
	if len(lines) != 100 || lines[99] != "flood 99" || c.Effects.LogLines != 250 {
		t.Errorf("%d lines, the last one %q, of %d", len(lines), lines[len(lines)-1], c.Effects.LogLines)
	}
}

func TestACallSeesNothingOfEarlierOnes(t *testing.T) {
	pool := newHostile(t, 2)
	for _, behaviour := range []string{"count", "count", "panic", "count", "half hoard", "count", "exit", "count", "error", "count"} {
		c := newCall(hostileWrite, behaviour)
		pool.Run(c, patience)
		if behaviour == "count" && string(c.Effects.Reply) != "1 1" {
			t.Errorf("an instance counted %s", c.Effects.Reply)
		}
	}
}

func TestTheSameCallDoesTheSameAgain(t *testing.T) {
	pool := newHostile(t, 1)
	first := newCall(hostileWrite, "draw")
	wants(t, pool, first, sandbox.OK, "")
	reply, event := string(first.Effects.Reply), string(first.Effects.Events[0].Payload)
	stored := maps.Clone(first.Store.(*memory).pairs)
	if !strings.Contains(reply, "2023-11-14 22:13:20 +0000 UTC") || !strings.Contains(reply, " 1700000000000") {
		t.Errorf("the call's time is not in %q", reply)
	}

	again := first
	again.Reset()
	again.Store = newMemory()
	wants(t, pool, again, sandbox.OK, "")
	if string(again.Effects.Reply) != reply || len(again.Effects.Events) != 1 || string(again.Effects.Events[0].Payload) != event {
		t.Errorf("run again it replied %q, first %q", again.Effects.Reply, reply)
	}
	if got := again.Store.(*memory).pairs; !maps.EqualFunc(got, stored, bytes.Equal) {
		t.Errorf("run again it stored %q, first %q", got, stored)
	}

	other := newCall(hostileWrite, "draw")
	other.Seed[31]++
	wants(t, pool, other, sandbox.OK, "")
	if string(other.Effects.Events[0].Payload) == event {
		t.Error("another seed gave the same bytes")
	}
}

func TestResetForgetsARun(t *testing.T) {
	pool := newHostile(t, 1)
	c := newCall(hostileWrite, "half refuse 3 Gone")
	wants(t, pool, c, sandbox.Refused, "")
	c.Reset()
	c.Input = []byte("get half")
	c.Store = newMemory()
	wants(t, pool, c, sandbox.OK, "")
	e := c.Effects
	if string(e.Reply) != "absent" || len(e.Events) > 0 || len(e.Changes) > 0 || e.Refusal != (sandbox.Refusal{}) || c.Used.Writes > 0 {
		t.Errorf("left over: %+v, used %+v", e, c.Used)
	}
}

func TestLimitsOfACall(t *testing.T) {
	pool := newHostile(t, 1)
	for _, test := range []struct {
		behaviour string
		limits    sandbox.Limits
		reason    sandbox.Reason // "": it is within the limits
	}{
		{"reply 2 50", sandbox.Limits{ReplyBytes: 100}, ""},
		{"reply 2 51", sandbox.Limits{ReplyBytes: 100}, sandbox.ReasonReplyBytes},
		{"writes 5 1", sandbox.Limits{Writes: 5}, ""},
		{"writes 6 1", sandbox.Limits{Writes: 5}, sandbox.ReasonWrites},
		{"revocations 6", sandbox.Limits{Writes: 5}, sandbox.ReasonWrites},
		{"writes 5 9", sandbox.Limits{WriteBytes: 50}, ""}, // and a byte for each key
		{"writes 5 10", sandbox.Limits{WriteBytes: 50}, sandbox.ReasonWriteBytes},
		{"scans 4", sandbox.Limits{ScanBytes: 1000}, ""},
		{"scans 40", sandbox.Limits{ScanBytes: 1000}, sandbox.ReasonScanBytes},
		{"scan-forever", sandbox.Limits{HostCalls: 500}, sandbox.ReasonHostCalls},
		{"events 3 1", sandbox.Limits{Events: 3}, ""},
		{"events 4 1", sandbox.Limits{Events: 3}, sandbox.ReasonEvents},
		{"events 4 25", sandbox.Limits{EventBytes: 100}, ""},
		{"events 4 26", sandbox.Limits{EventBytes: 100}, sandbox.ReasonEventBytes},
	} {
		c := newCall(hostileWrite, test.behaviour)
		c.Limits = test.limits.WithDefaults()
		c.Store.(*memory).pairs["dhostile\x00key"] = make([]byte, 30)
		status := sandbox.Trapped
		if test.reason == "" {
			status = sandbox.OK
		}
		wants(t, pool, c, status, test.reason)
	}
}

func TestDefaultLimits(t *testing.T) {
	want := sandbox.Limits{
		ReplyBytes: 32 << 20, Writes: 10_000, WriteBytes: 16 << 20, ScanBytes: 256 << 20, Events: 2_000, EventBytes: 16 << 20, HostCalls: 1_000_000, LogLines: 100,
	}
	if got := (sandbox.Limits{}).WithDefaults(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	own := sandbox.Limits{ReplyBytes: 1, Writes: 2, WriteBytes: 3, ScanBytes: 4, Events: 5, EventBytes: 6, HostCalls: 8, LogLines: 7}
	if got := own.WithDefaults(); got != own {
		t.Errorf("%+v, want %+v", got, own)
	}
}

func TestStatusesHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for s := sandbox.OK; s <= sandbox.Failed; s++ {
		if name := fmt.Sprint(s); name == "" || seen[name] {
			t.Errorf("status %d is called %q", s, name)
		}
		seen[fmt.Sprint(s)] = true
	}
}
