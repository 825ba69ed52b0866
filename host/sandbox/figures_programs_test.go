//go:build linux

package sandbox

import (
	"fmt"

	"workcell/abi"
	"workcell/host/sandbox/wasmasm"
	"workcell/host/sandbox/wasmbin"
)

// build makes a module with a memory of two pages that holds data from address 4096 on.
func build(imports []wasmbin.Import, types []wasmbin.FuncType, data string, functions ...wasmasm.Func) []byte {
	m := &wasmbin.Module{
		Types: types, Imports: imports,
		Memories: []wasmbin.Limits{{Min: 2, Max: 16, HasMax: true}},
		Exports:  []wasmbin.Export{{Name: abi.ExportMemory, Kind: wasmbin.KindMemory}},
		Datas:    []wasmbin.Data{{Offset: wasmasm.Assemble("i32.const 4096"), Bytes: []byte(data)}},
	}
	for _, f := range functions {
		body := wasmbin.Body{Code: wasmasm.Assemble(f.Text)}
		for _, t := range wasmasm.Types(f.Locals) {
			body.Locals = append(body.Locals, wasmbin.Local{Count: 1, Type: wasmbin.ValueType(t)})
		}
		index := m.AddFunc(wasmbin.FuncType{Params: wasmasm.Types(f.Params), Results: wasmasm.Types(f.Results)}, body)
		if f.Name != "" {
			m.Exports = append(m.Exports, wasmbin.Export{Name: f.Name, Kind: wasmbin.KindFunc, Index: index})
		}
	}
	return m.Append(nil)
}

// smallGuest is a handler such as a C compiler makes of some twenty lines: it looks at each byte of the request a few
// times, and writes to five pages of the system. Its routes are those of the Go guest.
func smallGuest() []byte {
	manifest := `{"abi":1,"name":"small","version":"1","data_sets":[],"routes":[`
	for i, name := range []string{"json", "proto", "trap", "spin"} {
		if i > 0 {
			manifest += ","
		}
		manifest += fmt.Sprintf(`{"id":%d,"name":"%s","kind":"read","reply":1001}`, int(routeJSON)+i, name)
	}
	manifest += "]}"
	types := []wasmbin.FuncType{
		{Params: wasmasm.Types("i32 i32 i32"), Results: wasmasm.Types("i32")},
		{Params: wasmasm.Types("i32 i32")},
	}
	imports := []wasmbin.Import{
		{Module: abi.Module, Name: "input_read", Kind: wasmbin.KindFunc, Type: 0},
		{Module: abi.Module, Name: "output_write", Kind: wasmbin.KindFunc, Type: 1},
	}
	return build(
		imports, types, manifest,
		wasmasm.Func{Name: abi.ExportABI, Results: "i32", Text: fmt.Sprintf("i32.const %d", abi.Version)},
		wasmasm.Func{Name: abi.ExportDescribe, Text: fmt.Sprintf("i32.const 4096 i32.const %d call 1", len(manifest))},
		wasmasm.Func{Name: abi.ExportHandle, Params: "i32 i32", Results: "i32", Locals: "i32 i32 i32", Text: fmt.Sprintf(`
			local.get 0 i32.const %d i32.eq if unreachable end
			local.get 0 i32.const %d i32.eq if loop br 0 end end
			local.get 1 i32.eqz if
			  i32.const 0 i32.const 900 call 1
			  i32.const 0 return
			end
			i32.const 16384 i32.const 0 local.get 1 call 0 drop
			loop
			  i32.const 0 local.set 2
			  loop
			    local.get 3 local.get 2 i32.load8_u offset=16384 i32.xor i32.const 16777619 i32.mul local.set 3
			    local.get 2 local.get 3 i32.store8 offset=32768
			    local.get 2 i32.const 1 i32.add local.tee 2 local.get 1 i32.lt_u br_if 0
			  end
			  local.get 4 i32.const 12 i32.shl local.get 3 i32.store offset=65536
			  local.get 4 i32.const 1 i32.add local.tee 4 i32.const 3 i32.lt_u br_if 0
			end
			i32.const 32768 local.get 1 call 1
			i32.const 0`, routeTrap, routeSpin)},
	)
}

// loopSuite are small programs with loops of many shapes, from the harshest for metering to the most usual.
var loopSuite = []string{"xorshift", "two-cycle", "collatz", "fib", "sha256", "quicksort", "byte scan"}
