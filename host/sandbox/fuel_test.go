package sandbox_test

import (
	"testing"
	"time"

	"workcell/host/hosttest"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
)

func TestACallThatBurnsItsFuelIsStopped(t *testing.T) {
	pool := newHostile(t, 1)
	for _, behaviour := range []string{"loop", "recurse", "half loop"} {
		for _, budget := range []uint64{0, 1_000_000, 7_654_321} {
			c := newCall(hostileWrite, behaviour)
			c.Fuel = budget
			if budget == 0 {
				budget = sandbox.DefaultFuel
			}
			out := wants(t, pool, c, sandbox.OutOfFuel, "")
			if out.Fuel < budget || out.Fuel > budget+500_000 {
				t.Errorf("%s: used %d of %d units", behaviour, out.Fuel, budget)
			}
		}
	}
	wants(t, pool, newCall(hostileWrite, "count"), sandbox.OK, "")
}

func TestTheSameCallBurnsTheSameFuelOnBothEngines(t *testing.T) {
	wasm := hosttest.Guest(t, "./guests/hostile")
	used := map[uint64]bool{}
	for _, kind := range []string{sandbox.KindCompiler, sandbox.KindInterpreter} {
		engine, err := sandbox.New(t.Context(), sandbox.Config{Functions: hostcall.Functions(), Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = engine.Close(t.Context()) })
		module, err := engine.Load(t.Context(), wasm)
		if err != nil {
			t.Fatal(err)
		}
		pool := sandbox.NewPool(module, 1)
		for range 3 {
			out := wants(t, pool, newCall(hostileWrite, "count"), sandbox.OK, "")
			used[out.Fuel] = true
		}
	}
	if len(used) != 1 || used[0] {
		t.Errorf("the same call used %v units", used)
	}
}

func TestADeadlineEndsACallSoonerThanItsFuel(t *testing.T) {
	pool := newHostile(t, 1)
	c := newCall(hostileWrite, "loop")
	c.Until = time.Now().Add(50 * time.Millisecond)
	out := wants(t, pool, c, sandbox.TimedOut, sandbox.ReasonExecution)
	if out.Fuel == 0 {
		t.Error("the call used no fuel")
	}
}

func TestEveryWayToResetGivesPristineInstances(t *testing.T) {
	for _, method := range []string{"", "scan", "read", "hot", "copy"} {
		engine, err := sandbox.New(t.Context(), sandbox.Config{Functions: hostcall.Functions(), Reset: method})
		if err != nil {
			t.Fatalf("%q: %v", method, err)
		}
		t.Cleanup(func() { _ = engine.Close(t.Context()) })
		module, err := engine.Load(t.Context(), hosttest.Guest(t, "./guests/hostile"))
		if err != nil {
			t.Fatal(err)
		}
		pool := sandbox.NewPool(module, 1)
		for range 3 {
			c := newCall(hostileWrite, "count")
			wants(t, pool, c, sandbox.OK, "")
			if string(c.Effects.Reply) != "1 1" {
				t.Errorf("%s: the call saw earlier ones: %q", engine.ResetMethod(), c.Effects.Reply)
			}
			wants(t, pool, newCall(hostileWrite, "hoard"), sandbox.Trapped, sandbox.ReasonUnreachable) // grows to the limit
		}
	}
}

func TestAWayToResetThatDoesNotExistIsRefused(t *testing.T) {
	if _, err := sandbox.New(t.Context(), sandbox.Config{Reset: "magic"}); err == nil {
		t.Error("an engine that resets by magic")
	}
	if _, err := sandbox.New(t.Context(), sandbox.Config{Kind: "steam"}); err == nil {
		t.Error("an engine that runs on steam")
	}
}
