package meter_test

import (
	"testing"

	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmasm"
)

func TestProgramsCostWhatTheOracleSaysAndMeanTheSame(t *testing.T) {
	for _, p := range wasmasm.Programs() {
		for engine := range engines {
			t.Run(p.Name+"/"+engine, func(t *testing.T) {
				plain := newGuest(t, engine, p.Wasm, ample, 1e6).call("run", p.Arg)
				if plain.trap != "" {
					t.Fatal(plain.trap)
				}
				oracle := newGuest(t, engine, instrument(t, p.Wasm, meter.Config{Oracle: true}), ample, 1e6).call("run", p.Arg)
				for _, slice := range []int64{1, 1000, 1e6} {
					fast := instrument(t, p.Wasm, meter.Config{})
					for range 2 {
						o := newGuest(t, engine, fast, ample, slice).call("run", p.Arg)
						if o.spent != oracle.spent || o.spent == 0 {
							t.Errorf("slice %d: spent %d units, the oracle %d", slice, o.spent, oracle.spent)
						}
						if o.trap != "" || o.results[0] != plain.results[0] || o.memory != plain.memory {
							t.Errorf("metered: %q %v, plain: %v", o.trap, o.results, plain.results)
						}
					}
				}
			})
		}
	}
}
