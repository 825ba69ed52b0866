package meter_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"workcell/host/sandbox/meter"
)

var errOutOfFuel = errors.New("out of fuel")

// tank is the host's side of metering: it hands out slices of a budget.
type tank struct {
	slice  int64
	budget int64 // not yet handed out; below zero after running out
	calls  int
}

func (k *tank) refuel(left int64) int64 {
	k.calls++
	if k.budget += left; k.budget <= 0 {
		panic(errOutOfFuel)
	}
	n := min(k.slice, k.budget)
	k.budget -= n
	return n
}

const ample = int64(1) << 50

// guest is an instance, metered or not.
type guest struct {
	tank
	mod   api.Module
	fuel  api.MutableGlobal // nil if it is not metered
	start int64
}

// engines are the two of wazero.
var engines = map[string]func() wazero.RuntimeConfig{
	"compiler":    wazero.NewRuntimeConfigCompiler,
	"interpreter": wazero.NewRuntimeConfigInterpreter,
}

// newGuest instantiates a module. WASI has a clock and random numbers that repeat; functions of other modules return zeros.
func newGuest(t testing.TB, engine string, wasm []byte, budget, slice int64) *guest {
	t.Helper()
	g, err := tryGuest(t, engine, wasm, budget, slice)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func tryGuest(t testing.TB, engine string, wasm []byte, budget, slice int64) (*guest, error) {
	ctx := context.Background()
	g := &guest{tank: tank{slice: slice, budget: budget}, start: budget}
	rt := wazero.NewRuntimeWithConfig(ctx, engines[engine]().WithMemoryLimitPages(1024))
	t.Cleanup(func() { rt.Close(ctx) })
	compiled, err := rt.CompileModule(ctx, wasm)
	if err != nil {
		return nil, err
	}
	wasi_snapshot_preview1.MustInstantiate(ctx, rt)
	hosts := map[string]wazero.HostModuleBuilder{}
	for _, f := range compiled.ImportedFunctions() {
		module, name, _ := f.Import()
		if module == wasi_snapshot_preview1.ModuleName {
			continue
		}
		if hosts[module] == nil {
			hosts[module] = rt.NewHostModuleBuilder(module)
		}
		results := len(f.ResultTypes())
		impl := func(_ context.Context, stack []uint64) { clear(stack[:results]) }
		if name == meter.ImportName {
			impl = func(_ context.Context, stack []uint64) { stack[0] = uint64(g.refuel(int64(stack[0]))) }
		}
		hosts[module].NewFunctionBuilder().WithGoFunction(api.GoFunc(impl), f.ParamTypes(), f.ResultTypes()).Export(name)
	}
	for _, h := range hosts {
		if _, err := h.Instantiate(ctx); err != nil {
			return nil, err
		}
	}
	g.mod, err = rt.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return nil, err
	}
	if global := g.mod.ExportedGlobal(meter.GlobalName); global != nil {
		g.fuel = global.(api.MutableGlobal)
	}
	return g, nil
}

// spent returns the fuel the guest was charged so far.
func (g *guest) spent() int64 {
	if g.fuel == nil {
		return 0
	}
	if g.budget < 0 { // it ran out: what was left, a debt, went back into the tank, and the global still holds it
		return g.start - g.budget
	}
	return g.start - g.budget - int64(g.fuel.Get())
}

// outcome is what can be seen of a call, and what it cost.
type outcome struct {
	results []uint64
	trap    string // first line
	memory  [32]byte
	spent   int64
}

// call calls an exported function.
func (g *guest) call(name string, args ...uint64) outcome {
	before := g.spent()
	results, err := g.mod.ExportedFunction(name).Call(context.Background(), args...)
	o := outcome{results: results, spent: g.spent() - before}
	if err != nil {
		o.trap, _, _ = strings.Cut(err.Error(), "\n")
		if errors.Is(err, errOutOfFuel) {
			o.trap = errOutOfFuel.Error()
		}
	}
	if m := g.mod.Memory(); m != nil {
		b, _ := m.Read(0, m.Size())
		o.memory = sha256.Sum256(bytes.TrimRight(b, "\x00"))
	}
	return o
}

// instrument meters a module that must be accepted.
func instrument(t testing.TB, wasm []byte, cfg meter.Config) []byte {
	t.Helper()
	metered, err := meter.Instrument(wasm, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return metered
}
