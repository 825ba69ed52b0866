package meter_test

import (
	"fmt"
	"strings"
	"testing"

	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmasm"
)

// endless are functions that never return by themselves.
var endless = map[string][]wasmasm.Func{
	"an empty loop":                 {{Text: `loop br 0 end`}},
	"a conditional back edge":       {{Text: `loop i32.const 1 br_if 0 end`}},
	"a back edge in a table":        {{Text: `loop i32.const 1 br_table 0,0 end unreachable`}},
	"a table in a loop of two ways": {{Locals: "i32", Text: `loop loop local.get 0 i32.const 1 i32.xor local.tee 0 br_table 0,1,0 end end`}},
	"loops in a row":                {{Text: `loop loop loop br 2 end end end`}},
	"a loop around a finite one": {{Locals: "i32", Text: `
		loop
		  i32.const 3 local.set 0
		  loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end
		  br 0
		end`}},
	"two back edges, one of them conditional": {{Locals: "i32", Text: `
		loop
		  local.get 0 i32.const 1 i32.add local.tee 0
		  if br 1 end
		  i32.const 1 br_if 0
		end`}},
	"a loop that calls":      {{Text: `loop call 1 br 0 end`}, {Text: `nop`}},
	"recursion without work": {{Text: `call 1`}, {Text: `i32.const 0 if call 1 end loop call 2 br 0 end`}, {Text: ``}},
	"growth that fails":      {{Text: `loop i32.const 65535 memory.grow drop br 0 end`}},
	"filling":                {{Text: `loop i32.const 0 i32.const 1 i32.const 60000 memory.fill br 0 end`}},
	"growing a table":        {{Text: `loop ref.null i32.const 0 table.grow 0 drop br 0 end`}},
}

func TestEndlessProgramsEnd(t *testing.T) {
	for name, functions := range endless {
		for engine := range engines {
			t.Run(name+"/"+engine, func(t *testing.T) {
				functions[0].Name = "run"
				const budget, slice = 50_000, 1000
				g := newGuest(t, engine, instrument(t, wasmasm.Build(functions...), meter.Config{}), budget, slice)
				o := g.call("run")
				if o.trap != errOutOfFuel.Error() {
					t.Fatalf("ended with %q", o.trap)
				}
				if o.spent < budget || o.spent > budget+15_000+flowBound {
					t.Errorf("spent %d units of %d", o.spent, budget)
				}
				if g.calls > budget/slice+1 {
					t.Errorf("%d refuels for %d slices", g.calls, budget/slice)
				}
			})
		}
	}
}

// The deepest recursion that has no more fuel to do anything on its way back costs no more than a stretch for a frame.
func TestReturningFromARecursionIsBounded(t *testing.T) {
	work := strings.Repeat("local.get 0 i32.const 3 i32.mul local.set 0 ", 400)
	wasm := instrument(t, wasmasm.Build(wasmasm.Func{Name: "run", Params: "i32", Text: `
		local.get 0 if local.get 0 i32.const 1 i32.sub call 0 end ` + work}), meter.Config{})
	const depth = 1000
	for budget := int64(1000); budget < 600_000; budget *= 3 {
		o := newGuest(t, "compiler", wasm, budget, 1e6).call("run", depth)
		if o.trap != errOutOfFuel.Error() {
			t.Fatalf("%d units: ended with %q", budget, o.trap)
		}
		if o.spent > budget+depth*512+flowBound {
			t.Errorf("spent %d units of %d", o.spent, budget)
		}
	}
}

func TestADebtIsPaidOffBeforeTheGuestGoesOn(t *testing.T) {
	wasm := instrument(t, wasmasm.Build(wasmasm.Func{Name: "run", Text: `i32.const 0 i32.const 7 i32.const 60000 memory.fill`}, wasmasm.Func{Name: "none"}), meter.Config{})
	g := newGuest(t, "compiler", wasm, 14_000, 100) // the fill costs 15 000
	if o := g.call("run"); o.trap != errOutOfFuel.Error() || o.memory != newGuest(t, "compiler", wasm, 14_000, 100).call("none").memory {
		t.Errorf("memory was filled without fuel: %q", o.trap)
	}
	if o := newGuest(t, "compiler", wasm, 16_000, 100).call("run"); o.trap != "" {
		t.Error(o.trap)
	}
}

func TestSmallLeavesAreNotChecked(t *testing.T) {
	leaf := func(n int) int {
		text := strings.Repeat("local.get 0 drop ", n)
		wasm := instrument(t, wasmasm.Build(wasmasm.Func{Name: "run", Params: "i32", Text: text}), meter.Config{})
		g := newGuest(t, "interpreter", wasm, ample, 1000)
		if o := g.call("run", 1); o.spent != int64(n) {
			t.Errorf("%d instructions cost %d", n, o.spent)
		}
		return g.calls
	}
	if leaf(64) != 0 || leaf(65) != 1 {
		t.Error("a function of 64 instructions needs no check, one of 65 does")
	}
}

func TestPricesFollowTheirOperands(t *testing.T) {
	costs := meter.Costs{Version: 9, Instruction: 2, Grow: 100, Page: 5000, BytesPerUnit: 16, EntriesPerUnit: 2}
	for text, want := range map[string]int64{
		"nop":                           0,
		"i32.const 1 drop":              2,
		"i32.const 1 memory.grow drop":  2*2 + 100 + 5000,
		"i32.const 3 memory.grow drop":  2*2 + 100 + 15000,
		"i32.const 99 memory.grow drop": 2*2 + 100, // more than the memory may have
		"i32.const 0 i32.const 0 i32.const 160 memory.fill":   4*2 + 10,
		"i32.const 0 i32.const 9 i32.const 1600 memory.copy":  4*2 + 100,
		"i32.const 0 i32.const 0 i32.const 31 memory.init 0":  4*2 + 1,
		"ref.null i32.const 6 table.grow 0 drop":              3*2 + 100 + 3,
		"i32.const 0 ref.null i32.const 8 table.fill 0":       4*2 + 4,
		"i32.const 0 i32.const 0 i32.const 3 table.init 1 0":  4*2 + 1,
		"i32.const 0 i32.const 1 i32.const 4 table.copy 0 0":  4*2 + 2,
		"block br 0 memory.size memory.grow drop end":         2,
		"i32.const 0 if nop else i32.const 7 drop end return": 3 * 2,
	} {
		wasm := wasmasm.Build(wasmasm.Func{Name: "run", Text: text})
		for _, oracle := range []bool{false, true} {
			o := newGuest(t, "interpreter", instrument(t, wasm, meter.Config{Costs: costs, Oracle: oracle}), ample, 1e6).call("run")
			if o.spent != want || o.trap != "" {
				t.Errorf("%s: spent %d units, want %d (oracle: %t) %s", text, o.spent, want, oracle, o.trap)
			}
		}
	}
}

func TestNestingTakesLinearTime(t *testing.T) {
	const depth = 4_500
	loops := strings.Repeat("loop ", depth) + "i32.const 0 br_if 0 " + strings.Repeat("end ", depth)
	cases := fmt.Sprint(strings.Repeat("block ", depth), "i32.const 9 br_table ", strings.Repeat("7,", 100_000), "0 ", strings.Repeat("end ", depth))
	ifs := strings.Repeat("i32.const 1 if ", depth) + strings.Repeat("else end ", depth)
	for _, text := range []string{loops, cases, ifs} {
		plain := wasmasm.Build(wasmasm.Func{Name: "run", Text: text})
		if err := checkFlow(plain, instrument(t, plain, meter.Config{}), flowBound); err != nil {
			t.Error(err)
		}
	}
}
