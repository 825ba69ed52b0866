package spec

import (
	"strings"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"workcell/host/sandbox/meter"
)

// Fuel is granted so much at a time that a module's slice tells all it has used: the slice is grants minus use.
const grant = 1 << 40

// burn is the fuel of one call.
type burn struct {
	line  int
	fuel  int64 // of the called module, without those it calls in turn
	trap  bool
	depth bool // the trap was a stack overflow, which comes at another depth on each engine
}

// gauge measures the calls of all scripts.
type gauge struct {
	mu    sync.Mutex
	burns map[string][]burn               // by script
	slice map[string]map[api.Module]int64 // what is left at the last look, by script
}

func (g *gauge) hooks() Hooks {
	h := refuel(grant)
	h.Called = g.called
	return h
}

func (g *gauge) called(c Call) {
	g.mu.Lock()
	defer g.mu.Unlock()
	modules := g.slice[c.Source]
	if modules == nil {
		modules = map[api.Module]int64{}
		g.slice[c.Source] = modules
	}
	left := slice(c.Module)
	g.burns[c.Source] = append(g.burns[c.Source], burn{
		line: c.Line, fuel: (modules[c.Module] - left) & (grant - 1), trap: c.Err != nil,
		depth: c.Err != nil && strings.HasPrefix(strings.TrimPrefix(c.Err.Error(), "wasm error: "), "stack overflow"),
	})
	modules[c.Module] = left
	if c.Err != nil {
		// Modules that it called have charged for instructions that never ran: look again, so that it does not count
		// as fuel of their next call.
		for m := range modules {
			modules[m] = slice(m)
		}
	}
}

// slice is what is left of a module's slice.
func slice(m api.Module) int64 { return int64(m.ExportedGlobal(meter.GlobalName).Get()) }

// measure runs v2 and returns the fuel of its calls.
func measure(t *testing.T, rc wazero.RuntimeConfig, transform Transform) map[string][]burn {
	t.Helper()
	g := gauge{burns: map[string][]burn{}, slice: map[string]map[api.Module]int64{}}
	r := Run(t, suiteDir(t, "v2"), rc.WithCoreFeatures(api.CoreFeaturesV2), transform, g.hooks())
	if r.Failed > 0 {
		t.Error(r)
	}
	return g.burns
}

// TestFuelIsTheSame compares the fuel of every call of v2 on one engine with that on the other, and with the oracle,
// which charges each instruction by itself. A call that traps has charged some instructions that never ran.
func TestFuelIsTheSame(t *testing.T) {
	interpreter := measure(t, wazero.NewRuntimeConfigInterpreter(), metered)
	compiler := measure(t, wazero.NewRuntimeConfigCompiler(), metered)
	oracle := measure(t, wazero.NewRuntimeConfigInterpreter(), oracle)
	calls, total, traps := 0, int64(0), 0
	for source, burns := range interpreter {
		if len(compiler[source]) != len(burns) || len(oracle[source]) != len(burns) {
			t.Fatalf("%s: %d calls, %d compiled, %d of the oracle", source, len(burns), len(compiler[source]), len(oracle[source]))
		}
		for i, b := range burns {
			c, o := compiler[source][i], oracle[source][i]
			if c.fuel != b.fuel && !b.depth {
				t.Errorf("%s:%d: %d units, %d compiled", source, b.line, b.fuel, c.fuel)
			}
			if o.fuel != b.fuel && !b.trap || o.fuel > b.fuel && !b.depth {
				t.Errorf("%s:%d: %d units, %d by the oracle", source, b.line, b.fuel, o.fuel)
			}
			if b.trap {
				traps++
			}
			calls++
			total += b.fuel
		}
	}
	t.Logf("%d calls, of which %d trap, %d units", calls, traps, total)
}
