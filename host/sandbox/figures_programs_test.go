//go:build linux

package sandbox

import (
	"fmt"
	"strconv"
	"strings"

	"workcell/abi"
	"workcell/host/sandbox/wasmbin"
)

// instructions are those that the programs below use: the opcode, and its immediates: u index, s integer, b block type
// (i32 or none), m offset (0 unless it says offset=).
var instructions = map[string]struct {
	op        byte
	immediate string
}{
	"unreachable": {0x00, ""}, "block": {0x02, "b"}, "loop": {0x03, "b"}, "if": {0x04, "b"}, "else": {0x05, ""}, "end": {0x0b, ""},
	"br": {0x0c, "u"}, "br_if": {0x0d, "u"}, "return": {0x0f, ""}, "call": {0x10, "u"}, "drop": {0x1a, ""},
	"local.get": {0x20, "u"}, "local.set": {0x21, "u"}, "local.tee": {0x22, "u"},
	"i32.load": {0x28, "m"}, "i32.load8_u": {0x2d, "m"}, "i32.store": {0x36, "m"}, "i32.store8": {0x3a, "m"},
	"i32.const": {0x41, "s"}, "i64.const": {0x42, "s"},
	"i32.eqz": {0x45, ""}, "i32.eq": {0x46, ""}, "i32.lt_u": {0x49, ""}, "i32.gt_u": {0x4b, ""}, "i32.le_s": {0x4c, ""},
	"i32.ge_s": {0x4e, ""}, "i32.ge_u": {0x4f, ""}, "i64.eqz": {0x50, ""}, "i64.le_u": {0x58, ""},
	"i32.add": {0x6a, ""}, "i32.sub": {0x6b, ""}, "i32.mul": {0x6c, ""}, "i32.and": {0x71, ""}, "i32.xor": {0x73, ""},
	"i32.shl": {0x74, ""}, "i32.shr_u": {0x76, ""}, "i32.rotr": {0x78, ""},
	"i64.add": {0x7c, ""}, "i64.mul": {0x7e, ""}, "i64.and": {0x83, ""}, "i64.shr_u": {0x88, ""}, "i64.extend_i32_u": {0xad, ""},
}

// assemble assembles instructions in the flat text form, without the end of the function. Labels and names are numbers.
func assemble(text string) []byte {
	var code []byte
	words := strings.Fields(text)
	for i := 0; i < len(words); i++ {
		in, ok := instructions[words[i]]
		if !ok {
			panic("no such instruction: " + words[i])
		}
		code = append(code, in.op)
		operand := ""
		if i+1 < len(words) {
			operand = words[i+1]
		}
		switch in.immediate {
		case "u", "s":
			i++
			n, err := strconv.ParseInt(operand, 0, 64)
			if err != nil {
				panic(err)
			}
			switch {
			case in.immediate == "u":
				code = wasmbin.AppendU32(code, uint32(n))
			case in.op == byte(wasmbin.OpI32Const):
				code = wasmbin.AppendS64(code, int64(int32(n)))
			default:
				code = wasmbin.AppendS64(code, n)
			}
		case "b":
			if operand == "i32" {
				i++
				code = append(code, byte(wasmbin.I32))
			} else {
				code = append(code, 0x40)
			}
		case "m":
			n := 0
			if offset, ok := strings.CutPrefix(operand, "offset="); ok {
				i++
				n, _ = strconv.Atoi(offset)
			}
			code = wasmbin.AppendU32(append(code, 0), uint32(n))
		}
	}
	return append(code, byte(wasmbin.OpEnd))
}

// function is a function in text form. It is exported if it has a name.
type function struct{ name, params, results, locals, text string }

// build makes a module with a memory of two pages that holds data from address 4096 on.
func build(imports []wasmbin.Import, types []wasmbin.FuncType, data string, functions ...function) []byte {
	m := &wasmbin.Module{
		Types: types, Imports: imports,
		Memories: []wasmbin.Limits{{Min: 2, Max: 16, HasMax: true}},
		Exports:  []wasmbin.Export{{Name: abi.ExportMemory, Kind: wasmbin.KindMemory}},
		Datas:    []wasmbin.Data{{Offset: assemble("i32.const 4096"), Bytes: []byte(data)}},
	}
	for _, f := range functions {
		body := wasmbin.Body{Code: assemble(f.text)}
		for _, t := range valueTypes(f.locals) {
			body.Locals = append(body.Locals, wasmbin.Local{Count: 1, Type: wasmbin.ValueType(t)})
		}
		index := m.AddFunc(wasmbin.FuncType{Params: valueTypes(f.params), Results: valueTypes(f.results)}, body)
		if f.name != "" {
			m.Exports = append(m.Exports, wasmbin.Export{Name: f.name, Kind: wasmbin.KindFunc, Index: index})
		}
	}
	return m.Append(nil)
}

// valueTypes are the encoded types of a list of i32 and i64.
func valueTypes(list string) []byte {
	var types []byte
	for _, word := range strings.Fields(list) {
		types = append(types, map[string]byte{"i32": I32, "i64": I64}[word])
	}
	return types
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
		{Params: valueTypes("i32 i32 i32"), Results: valueTypes("i32")},
		{Params: valueTypes("i32 i32")},
	}
	imports := []wasmbin.Import{
		{Module: abi.Module, Name: "input_read", Kind: wasmbin.KindFunc, Type: 0},
		{Module: abi.Module, Name: "output_write", Kind: wasmbin.KindFunc, Type: 1},
	}
	return build(
		imports, types, manifest,
		function{name: abi.ExportABI, results: "i32", text: fmt.Sprintf("i32.const %d", abi.Version)},
		function{name: abi.ExportDescribe, text: fmt.Sprintf("i32.const 4096 i32.const %d call 1", len(manifest))},
		function{name: abi.ExportHandle, params: "i32 i32", results: "i32", locals: "i32 i32 i32", text: fmt.Sprintf(`
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

// program is one of the loop suite.
type program struct {
	name      string
	wasm      []byte
	arg, tiny uint64 // of "run": for some 20 ms, and for a moment
}

// loopSuite are small programs with loops of many shapes, from the harshest for metering to the most usual.
func loopSuite() []program {
	run := func(name string, arg, tiny uint64, functions ...function) program {
		return program{name, build(nil, nil, "", functions...), arg, tiny}
	}
	f := func(locals, text string) function {
		return function{name: "run", params: "i32", results: "i32", locals: locals, text: text}
	}
	return []program{
		run("xorshift", 10_000_000, 10, f("i32", `
			i32.const 2463534242 local.set 1
			loop
			  local.get 1 local.get 1 i32.const 13 i32.shl i32.xor local.tee 1
			  local.get 1 i32.const 17 i32.shr_u i32.xor local.tee 1
			  local.get 1 i32.const 5 i32.shl i32.xor local.set 1
			  local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0
			end
			local.get 1`)),
		run("two-cycle", 20_000_000, 10, f("", `
			loop
			  local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0
			end
			local.get 0`)),
		run("collatz", 100_000, 10, f("i64 i32", `
			block loop
			  local.get 0 i32.eqz br_if 1
			  local.get 0 i64.extend_i32_u local.set 1
			  block loop
			    local.get 1 i64.const 1 i64.le_u br_if 1
			    local.get 2 i32.const 1 i32.add local.set 2
			    local.get 1 i64.const 1 i64.and i64.eqz
			    if
			      local.get 1 i64.const 1 i64.shr_u local.set 1
			      br 1
			    end
			    local.get 1 i64.const 3 i64.mul i64.const 1 i64.add local.set 1
			    br 0
			  end end
			  local.get 0 i32.const 1 i32.sub local.set 0
			  br 0
			end end
			local.get 2`)),
		run("fib", 29, 5, f("", `
			local.get 0 i32.const 2 i32.lt_u
			if i32
			  local.get 0
			else
			  local.get 0 i32.const 1 i32.sub call 0
			  local.get 0 i32.const 2 i32.sub call 0
			  i32.add
			end`)),
		run("sha256", 10_000, 1, sha256Program()...),
		run("quicksort", 20_000, 50, f("i32 i32", quicksortMain), quicksort),
		run("byte scan", 200, 1, f("i32 i32", `
			loop
			  i32.const 100000 local.set 1
			  block loop
			    local.get 1 i32.eqz br_if 1
			    local.get 1 i32.const 1 i32.sub local.tee 1
			    i32.load8_u i32.const 7 i32.eq
			    if local.get 2 i32.const 1 i32.add local.set 2 end
			    br 0
			  end end
			  local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0
			end
			local.get 2`)),
	}
}

// quicksortMain fills memory with as many random words as the argument says, and sorts them.
const quicksortMain = `
	i32.const 12345 local.set 1
	block loop
	  local.get 2 local.get 0 i32.ge_u br_if 1
	  local.get 1 i32.const 1103515245 i32.mul i32.const 12345 i32.add local.set 1
	  local.get 2 i32.const 2 i32.shl local.get 1 i32.store
	  local.get 2 i32.const 1 i32.add local.set 2
	  br 0
	end end
	i32.const 0 local.get 0 i32.const 1 i32.sub i32.const 2 i32.shl call 1
	i32.const 0 i32.load`

// quicksort sorts the words from address 0 to address 1, both included.
var quicksort = function{params: "i32 i32", locals: "i32 i32 i32 i32", text: `
	local.get 0 local.get 1 i32.ge_s if return end
	local.get 0 local.set 2 local.get 1 local.set 3
	local.get 0 local.get 1 i32.add i32.const 3 i32.shr_u i32.const 2 i32.shl i32.load local.set 4
	loop
	  block loop
	    local.get 2 i32.load local.get 4 i32.ge_u br_if 1
	    local.get 2 i32.const 4 i32.add local.set 2
	    br 0
	  end end
	  loop
	    local.get 3 i32.load local.get 4 i32.gt_u
	    if
	      local.get 3 i32.const 4 i32.sub local.set 3
	      br 1
	    end
	  end
	  local.get 2 local.get 3 i32.le_s
	  if
	    local.get 2 i32.load local.set 5
	    local.get 2 local.get 3 i32.load i32.store
	    local.get 3 local.get 5 i32.store
	    local.get 2 i32.const 4 i32.add local.set 2
	    local.get 3 i32.const 4 i32.sub local.set 3
	  end
	  local.get 2 local.get 3 i32.le_s br_if 0
	end
	local.get 0 local.get 3 call 1
	local.get 2 local.get 1 call 1`}
