package spec

import (
	"context"
	"fmt"
	"math"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// prints are the functions of spectest. They print nothing.
var prints = []struct {
	name   string
	params []api.ValueType
}{
	{"print", nil},
	{"print_i32", []api.ValueType{api.ValueTypeI32}},
	{"print_i64", []api.ValueType{api.ValueTypeI64}},
	{"print_f32", []api.ValueType{api.ValueTypeF32}},
	{"print_f64", []api.ValueType{api.ValueTypeF64}},
	{"print_i32_f32", []api.ValueType{api.ValueTypeI32, api.ValueTypeF32}},
	{"print_f64_f64", []api.ValueType{api.ValueTypeF64, api.ValueTypeF64}},
}

// printer is the host module that spectest has its functions from. A host module of wazero exports functions alone, and
// spectest must also export globals, a table and a memory.
const printer = "spectest printer"

// installSpectest gives a runtime the module that the suite takes for granted.
func installSpectest(ctx context.Context, r wazero.Runtime) error {
	host := r.NewHostModuleBuilder(printer)
	for _, p := range prints {
		host.NewFunctionBuilder().
			WithGoFunction(api.GoFunc(func(context.Context, []uint64) {}), p.params, nil).
			Export(p.name)
	}
	if _, err := host.Instantiate(ctx); err != nil {
		return fmt.Errorf("offer the printer: %w", err)
	}
	if _, err := r.InstantiateWithConfig(ctx, spectest(), wazero.NewModuleConfig().WithName("spectest")); err != nil {
		return fmt.Errorf("instantiate spectest: %w", err)
	}
	return nil
}

// spectest encodes the module:
//
//	(import "spectest printer" "print" (func)) ... (export "print" (func 0)) ...
//	(table (export "table") 10 20 funcref)
//	(memory (export "memory") 1 2)
//	(global (export "global_i32") i32 (i32.const 666))
//	(global (export "global_i64") i64 (i64.const 666))
//	(global (export "global_f32") f32 (f32.const 666.6))
//	(global (export "global_f64") f64 (f64.const 666.6))
func spectest() []byte {
	var types, imports, exports [][]byte
	export := func(name string, kind api.ExternType, index int) {
		exports = append(exports, append(encodeName(name), kind, byte(index)))
	}
	for i, p := range prints {
		types = append(types, append(append([]byte{0x60, byte(len(p.params))}, p.params...), 0))
		imports = append(imports, append(append(encodeName(printer), encodeName(p.name)...), api.ExternTypeFunc, byte(i)))
		export(p.name, api.ExternTypeFunc, i)
	}
	export("table", api.ExternTypeTable, 0)
	export("memory", api.ExternTypeMemory, 0)
	for i, name := range []string{"global_i32", "global_i64", "global_f32", "global_f64"} {
		export(name, api.ExternTypeGlobal, i)
	}
	const immutable, end, sleb666Low, sleb666High = 0, 0x0b, 0x9a, 0x05
	globals := [][]byte{
		{api.ValueTypeI32, immutable, 0x41, sleb666Low, sleb666High, end},
		{api.ValueTypeI64, immutable, 0x42, sleb666Low, sleb666High, end},
		append(littleEndian([]byte{api.ValueTypeF32, immutable, 0x43}, uint64(math.Float32bits(666.6)), 4), end),
		append(littleEndian([]byte{api.ValueTypeF64, immutable, 0x44}, math.Float64bits(666.6), 8), end),
	}

	wasm := []byte("\x00asm\x01\x00\x00\x00")
	wasm = appendSection(wasm, 1, types)
	wasm = appendSection(wasm, 2, imports)
	wasm = appendSection(wasm, 4, [][]byte{{0x70, 1, 10, 20}})
	wasm = appendSection(wasm, 5, [][]byte{{1, 1, 2}})
	wasm = appendSection(wasm, 6, globals)
	return appendSection(wasm, 7, exports)
}
