package meter_test

import (
	"testing"

	"pgregory.net/rapid"

	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmasm"
)

// flowBound is what a way without a check may cost: a stretch to a back edge, one from there on through the loop, and
// what was moved to the first and the last block.
const flowBound = 4 * 512

func TestRandomProgramsCostWhatTheOracleSaysAndMeanTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		plain := wasmasm.Build(genProgram(rt)...)
		arg := uint64(rapid.Uint32().Draw(rt, "argument"))
		slice := rapid.Int64Range(1, 1000).Draw(rt, "slice")
		stretch := rapid.SampledFrom([]uint32{20, 70, 512}).Draw(rt, "stretch")
		flowBound := 4 * int64(max(stretch, 65)) // a call counts 65
		fast := instrument(t, plain, meter.WithStretch(meter.Config{}, stretch))
		slow := instrument(t, plain, meter.Config{Oracle: true})
		if err := checkFlow(plain, fast, flowBound); err != nil {
			rt.Fatal(err)
		}
		if err := checkFlow(plain, slow, ample); err != nil {
			rt.Fatal(err)
		}
		for engine := range engines {
			want := newGuest(t, engine, plain, ample, slice).call("run", arg)
			oracle := newGuest(t, engine, slow, ample, slice).call("run", arg)
			got := newGuest(t, engine, fast, ample, slice).call("run", arg)
			for _, o := range []outcome{oracle, got} {
				if o.trap != want.trap || o.memory != want.memory || want.trap == "" && o.results[0] != want.results[0] {
					rt.Fatalf("%s: metered %q %v, plain %q %v", engine, o.trap, o.results, want.trap, want.results)
				}
			}
			if got.spent != oracle.spent && want.trap == "" || got.spent < oracle.spent {
				rt.Fatalf("%s: spent %d, the oracle %d", engine, got.spent, oracle.spent)
			}
			// A trap in the middle of blocks leaves them paid for: one in each function on the stack.
			if got.spent > oracle.spent+flowBound*steps {
				rt.Fatalf("%s: spent %d before the trap, the oracle %d", engine, got.spent, oracle.spent)
			}
			budget := rapid.Int64Range(1, max(1, 2*got.spent)).Draw(rt, "budget")
			poor := newGuest(t, engine, fast, budget, slice).call("run", arg)
			again := newGuest(t, engine, fast, budget, slice).call("run", arg)
			if poor.spent != again.spent || poor.trap != again.trap || poor.memory != again.memory {
				rt.Fatalf("%s: %d units and %q, then %d units and %q", engine, poor.spent, poor.trap, again.spent, again.trap)
			}
			// What it ran out by is at most a way without a check in the function and in those it has returned from, and
			// the price of one instruction that depends on an operand: three pages is the dearest.
			if poor.spent > budget+2*flowBound+3*32768 {
				rt.Fatalf("%s: spent %d units of %d", engine, poor.spent, budget)
			}
			if budget > got.spent && poor.trap != got.trap {
				rt.Fatalf("%s: %d units were not enough, and %d are spent: %q", engine, budget, got.spent, poor.trap)
			}
		}
	})
}
