package meter_test

import (
	"testing"

	"workcell/host/sandbox/meter"
)

func TestProgramsCostWhatTheOracleSaysAndMeanTheSame(t *testing.T) {
	for _, p := range programs() {
		for engine := range engines {
			t.Run(p.name+"/"+engine, func(t *testing.T) {
				plain := newGuest(t, engine, p.wasm, ample, 1e6).call("run", p.arg)
				if plain.trap != "" {
					t.Fatal(plain.trap)
				}
				oracle := newGuest(t, engine, instrument(t, p.wasm, meter.Config{Oracle: true}), ample, 1e6).call("run", p.arg)
				for _, slice := range []int64{1, 1000, 1e6} {
					fast := instrument(t, p.wasm, meter.Config{})
					for range 2 {
						o := newGuest(t, engine, fast, ample, slice).call("run", p.arg)
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
