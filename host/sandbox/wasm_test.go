package sandbox_test

import (
	"encoding/binary"
	"fmt"
	"slices"

	"workcell/abi"
	"workcell/host/sandbox"
)

// wasm is a WebAssembly module to be written byte by byte, for guests that no compiler builds.
type wasm struct {
	imports    []wasmImport
	functions  []wasmFunction
	pages      uint32 // of memory; 0: none
	hideMemory bool   // it is not exported
	table      []int  // indices of functions
	start      int    // index of the start function, counted from the first import; 0: none
	data       string // at address dataAt
}

// dataAt is where the data of a wasm stands.
const dataAt = 4096

type wasmImport struct {
	module, name    string
	params, results []sandbox.ValueType
	memory          bool // a memory, not a function
}

type wasmFunction struct {
	export          string // "" is not exported
	params, results []sandbox.ValueType
	code            []byte // without the end
}

// Opcodes.
const (
	opUnreachable  = 0x00
	opLoop         = 0x03
	opIf           = 0x04
	opEnd          = 0x0b
	opBranch       = 0x0c
	opCall         = 0x10
	opCallIndirect = 0x11
	opDrop         = 0x1a
	opLocalGet     = 0x20
	opI32Load      = 0x28
	opI64Load      = 0x29
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opF32Const     = 0x43
	opI32Eq        = 0x46
	opI32DivS      = 0x6d
	opI32TruncF32S = 0xa8
	blockVoid      = 0x40
)

// i32 is the code of a constant.
func i32(n uint32) []byte {
	code := []byte{opI32Const}
	for v := int32(n); ; v >>= 7 {
		b := byte(v & 0x7f)
		if done := v>>6 == 0 || v>>6 == -1; done {
			return append(code, b)
		}
		code = append(code, b|0x80)
	}
}

func code(parts ...any) []byte {
	var all []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			all = append(all, byte(p))
		case []byte:
			all = append(all, p...)
		}
	}
	return all
}

func uleb(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }

func name(s string) []byte { return append(uleb(len(s)), s...) }

// vec is a vector of n things.
func vec(n int, things []byte) []byte { return append(uleb(n), things...) }

func section(id byte, content []byte) []byte {
	return append(append([]byte{id}, uleb(len(content))...), content...)
}

// bytes returns the module.
func (w *wasm) bytes() []byte {
	var types, imports, functions, exports, bodies []byte
	typeCount, exportCount, imported := 0, 0, 0
	addType := func(params, results []sandbox.ValueType) []byte {
		types = append(types, 0x60)
		types = append(types, vec(len(params), params)...)
		types = append(types, vec(len(results), results)...)
		typeCount++
		return uleb(typeCount - 1)
	}
	for _, i := range w.imports {
		imports = append(append(imports, name(i.module)...), name(i.name)...)
		if i.memory {
			imports = append(imports, 2, 0, 1)
			continue
		}
		imported++
		imports = append(append(imports, 0), addType(i.params, i.results)...)
	}
	for i, f := range w.functions {
		functions = append(functions, addType(f.params, f.results)...)
		body := append(append([]byte{0}, f.code...), opEnd)
		bodies = append(append(bodies, uleb(len(body))...), body...)
		if f.export != "" {
			exports = append(append(append(exports, name(f.export)...), 0), uleb(imported+i)...)
			exportCount++
		}
	}
	if w.pages > 0 && !w.hideMemory {
		exports = append(append(exports, name(abi.ExportMemory)...), 2, 0)
		exportCount++
	}
	out := []byte("\x00asm\x01\x00\x00\x00")
	out = append(out, section(1, vec(typeCount, types))...)
	if len(w.imports) > 0 {
		out = append(out, section(2, vec(len(w.imports), imports))...)
	}
	out = append(out, section(3, vec(len(w.functions), functions))...)
	if len(w.table) > 0 {
		out = append(out, section(4, append([]byte{1, 0x70, 0}, uleb(len(w.table)+1)...))...) // the last one is null
	}
	if w.pages > 0 {
		out = append(out, section(5, append([]byte{1, 0}, uleb(int(w.pages))...))...)
	}
	out = append(out, section(7, vec(exportCount, exports))...)
	if w.start > 0 {
		out = append(out, section(8, uleb(w.start))...)
	}
	if len(w.table) > 0 {
		var elements []byte
		for _, f := range w.table {
			elements = append(elements, uleb(f)...)
		}
		out = append(out, section(9, code(1, 0, i32(0), opEnd, vec(len(w.table), elements)))...)
	}
	out = append(out, section(10, vec(len(w.functions), bodies))...)
	if w.data != "" {
		out = append(out, section(11, code(1, 0, i32(dataAt), opEnd, name(w.data)))...)
	}
	return out
}

// outputWrite is the import that tiny describes itself with: function 0.
var outputWrite = wasmImport{module: abi.Module, name: "output_write", params: []sandbox.ValueType{sandbox.I32, sandbox.I32}}

// tinyManifest is the manifest of tiny.
const tinyManifest = `{"abi":1,"name":"tiny","version":"1","data_sets":[{"name":"tiny","access":"write"}],` +
	`"routes":[{"id":2000,"name":"tiny","kind":"write","reply":1001,"events":[1002]}]}`

// tiny is the smallest handler: it handles every message with the code given. Imports are functions 1, 2 ... of the code,
// the function itself is number len(imports)+3.
func tiny(handle []byte, imports ...wasmImport) *wasm {
	return &wasm{
		imports: append([]wasmImport{outputWrite}, imports...),
		functions: []wasmFunction{
			{abi.ExportABI, nil, []sandbox.ValueType{sandbox.I32}, i32(abi.Version)},
			{abi.ExportDescribe, nil, nil, describing(tinyManifest)},
			{abi.ExportHandle, []sandbox.ValueType{sandbox.I32, sandbox.I32}, []sandbox.ValueType{sandbox.I32}, handle},
		},
		pages: 1, data: tinyManifest,
	}
}

// describing is the code that writes a manifest of so many bytes.
func describing(manifest string) []byte {
	return code(i32(dataAt), i32(uint32(len(manifest))), opCall, 0)
}

// with returns w with a changed function.
func (w *wasm) with(export string, change func(*wasmFunction)) *wasm {
	i := slices.IndexFunc(w.functions, func(f wasmFunction) bool { return f.export == export })
	change(&w.functions[i])
	return w
}

// manifest returns w with another manifest.
func (w *wasm) manifest(format string, args ...any) *wasm {
	w.data = fmt.Sprintf(format, args...)
	return w.with(abi.ExportDescribe, func(f *wasmFunction) { f.code = describing(w.data) })
}

// spin is code that never ends.
var spin = code(opLoop, blockVoid, opBranch, 0, opEnd)
