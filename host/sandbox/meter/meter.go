package meter

import (
	"fmt"
	"strings"

	"workcell/host/sandbox/wasmbin"
)

// What a metered module and its host agree on.
const (
	// ImportModule and ImportName name the function (left i64) -> i64 that a module calls when its slice is used up. It
	// gets what is left of the slice, which is below zero: a debt. What it returns is the next slice.
	ImportModule = "workcell.meter"
	ImportName   = "refuel"
	// GlobalName is the export of the mutable i64 that holds the slice. It starts at zero.
	GlobalName = "workcell.fuel"
)

// MaxBlocks is how many blocks, runs of instructions without branches, a function may have. An engine's time to compile a
// function may grow with their square: some 200 ms for 4000, some seconds for 16 000. A large Go guest has 650.
const MaxBlocks = 10_000

// reserved is what names begin with that guests must not use.
const reserved = "workcell."

// Config says how to meter.
type Config struct {
	// Costs are the prices; the zero value stands for DefaultCosts.
	Costs Costs
	// Oracle charges every instruction by itself, right before it runs, and checks at function entries and loop headers.
	// It is slow and plain: tests compare the fuel of a call with it.
	Oracle bool

	stretch uint32 // for benchmarks: another maxStretch
}

// Instrument decodes a module, meters it and returns its binary form. It borrows wasm until it returns. The error is a
// *wasmbin.Error or about cfg.
func Instrument(wasm []byte, cfg Config) ([]byte, error) {
	m, err := wasmbin.Decode(wasm)
	if err != nil {
		return nil, err
	}
	if err := CheckNames(m); err != nil {
		return nil, err
	}
	if err := Rewrite(m, cfg); err != nil {
		return nil, err
	}
	return m.Append(make([]byte, 0, len(wasm)*2)), nil
}

// CheckNames refuses a module that imports or exports what belongs to the host: names that begin with "workcell.", and
// any global whose name begins with "workcell". It is for modules as they come from outside, before any rewrite.
func CheckNames(m *wasmbin.Module) error {
	for i := range m.Imports {
		if im := &m.Imports[i]; strings.HasPrefix(im.Module, reserved) {
			return refuse(wasmbin.SectionImports, "the import module %.100q is reserved", im.Module)
		}
	}
	for i := range m.Exports {
		e := &m.Exports[i]
		if strings.HasPrefix(e.Name, reserved) || e.Kind == wasmbin.KindGlobal && strings.HasPrefix(e.Name, reserved[:len(reserved)-1]) {
			return refuse(wasmbin.SectionExports, "the export name %.100q is reserved", e.Name)
		}
	}
	return nil
}

func refuse(s wasmbin.SectionID, format string, args ...any) error {
	return &wasmbin.Error{Problem: wasmbin.Invalid, Section: s, Reason: fmt.Sprintf(format, args...)}
}

// Rewrite meters m, which has been through all other rewrites: the last one, right before Append. It drops
// custom sections but for names. After an error m is of no use. The error is a *wasmbin.Error or about cfg.
//
// Run time and memory are proportional to the size of the module.
func Rewrite(m *wasmbin.Module, cfg Config) error {
	if cfg.Costs == (Costs{}) {
		cfg.Costs = DefaultCosts()
	}
	if err := cfg.Costs.check(); err != nil {
		return err
	}
	for i := range m.Imports {
		if m.Imports[i].Module == ImportModule {
			return refuse(wasmbin.SectionImports, "the import module %q is reserved", ImportModule)
		}
	}
	m.DropCustoms()
	i64 := []byte{byte(wasmbin.I64)}
	refuel, err := m.AddImport(ImportModule, ImportName, wasmbin.FuncType{Params: i64, Results: i64})
	if err != nil {
		return err
	}
	fuel := m.AddGlobal(wasmbin.Global{
		GlobalType: wasmbin.GlobalType{Type: wasmbin.I64, Mutable: true},
		Init:       []byte{byte(wasmbin.OpI64Const), 0, byte(wasmbin.OpEnd)},
	})
	if err := m.AddExport(GlobalName, wasmbin.KindGlobal, fuel); err != nil {
		return err
	}
	e := newEmitter(m, cfg.Costs, fuel, refuel)
	if err := e.bodies(m, newScanner(m, cfg)); err != nil {
		return err
	}
	e.addHelpers(m)
	return nil
}
