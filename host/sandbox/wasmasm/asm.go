// Package wasmasm makes WebAssembly modules for tests, from instructions in text form, and holds the small programs by which
// metering is tested and measured.
package wasmasm

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"workcell/host/sandbox/wasmbin"
)

// numeric are the instructions without immediates from i32.eqz (0x45) on, in order.
var numeric = strings.Fields(`
	i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u
	i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u
	f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge
	i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u
	i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr
	i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u
	i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr
	f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign
	f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign
	i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u i64.extend_i32_s i64.extend_i32_u`)

// memory are the loads and stores from i32.load (0x28) on, in order.
var memory = strings.Fields(`
	i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u
	i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u
	i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32`)

// others are the remaining instructions: an opcode, and the immediates: u index, s integer, f float, b block
// type, t labels, r funcref, z zero byte.
var others = map[string]struct {
	op         wasmbin.Op
	immediates string
}{
	"unreachable": {0x00, ""}, "nop": {0x01, ""}, "block": {0x02, "b"}, "loop": {0x03, "b"}, "if": {0x04, "b"}, "else": {0x05, ""},
	"end": {0x0b, ""}, "br": {0x0c, "u"}, "br_if": {0x0d, "u"}, "br_table": {0x0e, "t"}, "return": {0x0f, ""}, "call": {0x10, "u"},
	"call_indirect": {0x11, "uu"}, "drop": {0x1a, ""}, "select": {0x1b, ""}, "local.get": {0x20, "u"}, "local.set": {0x21, "u"},
	"local.tee": {0x22, "u"}, "global.get": {0x23, "u"}, "global.set": {0x24, "u"}, "table.get": {0x25, "u"}, "table.set": {0x26, "u"},
	"memory.size": {0x3f, "z"}, "memory.grow": {0x40, "z"}, "i32.const": {0x41, "s"}, "i64.const": {0x42, "s"}, "f64.const": {0x44, "f"},
	"ref.null": {0xd0, "r"}, "ref.func": {0xd2, "u"}, "memory.init": {0xfc08, "uz"}, "data.drop": {0xfc09, "u"},
	"memory.copy": {0xfc0a, "zz"}, "memory.fill": {0xfc0b, "z"}, "table.init": {0xfc0c, "uu"}, "elem.drop": {0xfc0d, "u"},
	"table.copy": {0xfc0e, "uu"}, "table.grow": {0xfc0f, "u"}, "table.size": {0xfc10, "u"}, "table.fill": {0xfc11, "u"},
}

// Assemble assembles instructions in the flat text form, with ;; comments and the end of the function left out. Labels and
// other names are numbers; block types are i32, i64, a type's index or nothing at all; br_table's labels are in
// one word: 0,1,2.
func Assemble(text string) []byte {
	var words []string
	for _, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, ";;")
		words = append(words, strings.Fields(line)...)
	}
	var code []byte
	for len(words) > 0 {
		code, words = assemble(code, words[0], words[1:])
	}
	return append(code, byte(wasmbin.OpEnd))
}

func assemble(code []byte, op string, rest []string) ([]byte, []string) {
	if i := index(numeric, op); i >= 0 {
		return append(code, 0x45+byte(i)), rest
	}
	if i := index(memory, op); i >= 0 {
		offset := "0"
		if len(rest) > 0 && strings.HasPrefix(rest[0], "offset=") {
			offset, rest = strings.TrimPrefix(rest[0], "offset="), rest[1:]
		}
		return wasmbin.AppendU32(append(code, 0x28+byte(i), 0), uint32(number(offset))), rest
	}
	o, ok := others[op]
	if !ok {
		panic("no such instruction: " + op)
	}
	if o.op > 0xff {
		code = append(code, byte(o.op>>8))
	}
	code = append(code, byte(o.op))
	for _, kind := range o.immediates {
		switch kind {
		case 'z':
			code = append(code, 0)
			continue
		case 'r':
			code = append(code, byte(wasmbin.FuncRef))
			continue
		case 'b':
			t := byte(0x40)
			switch {
			case len(rest) == 0:
			case rest[0] == "i32":
				t, rest = byte(wasmbin.I32), rest[1:]
			case rest[0] == "i64":
				t, rest = byte(wasmbin.I64), rest[1:]
			case rest[0][0] >= '0' && rest[0][0] <= '9':
				t, rest = byte(number(rest[0])), rest[1:]
			}
			code = append(code, t)
			continue
		}
		word := rest[0]
		rest = rest[1:]
		switch kind {
		case 'u':
			code = wasmbin.AppendU32(code, uint32(number(word)))
		case 's':
			n := number(word)
			if o.op == wasmbin.OpI32Const {
				n = int64(int32(n))
			}
			code = wasmbin.AppendS64(code, n)
		case 'f':
			f, _ := strconv.ParseFloat(word, 64)
			code = binary.LittleEndian.AppendUint64(code, math.Float64bits(f))
		case 't':
			labels := strings.Split(word, ",")
			code = wasmbin.AppendU32(code, uint32(len(labels)-1))
			for _, l := range labels {
				code = wasmbin.AppendU32(code, uint32(number(l)))
			}
		}
	}
	return code, rest
}

func index(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return -1
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil {
		panic(fmt.Sprintf("no number: %s", s))
	}
	return n
}

// Types turns "i32 i64" into encoded value types.
func Types(s string) []byte {
	var t []byte
	for _, w := range strings.Fields(s) {
		t = append(t, map[string]byte{"i32": 0x7f, "i64": 0x7e, "f64": 0x7c}[w])
	}
	return t
}

// Func is a function of a module made by Build. It is exported under its name, if it has one.
type Func struct{ Name, Params, Results, Locals, Text string }

// Build makes a module with one memory of a page, a table that holds all functions, and a mutable i32 global.
func Build(functions ...Func) []byte {
	m := &wasmbin.Module{
		Memories: []wasmbin.Limits{{Min: 1, Max: 16, HasMax: true}},
		Tables:   []wasmbin.Table{{Elem: wasmbin.FuncRef, Limits: wasmbin.Limits{Min: uint32(len(functions) + 8)}}},
		Globals: []wasmbin.Global{{
			GlobalType: wasmbin.GlobalType{Type: wasmbin.I32, Mutable: true}, Init: []byte{byte(wasmbin.OpI32Const), 0, byte(wasmbin.OpEnd)},
		}},
		Exports: []wasmbin.Export{{Name: "memory", Kind: wasmbin.KindMemory}, {Name: "global", Kind: wasmbin.KindGlobal}},
	}
	elem := wasmbin.Elem{Offset: []byte{byte(wasmbin.OpI32Const), 0, byte(wasmbin.OpEnd)}, Type: wasmbin.FuncRef}
	for i, f := range functions {
		body := wasmbin.Body{Code: Assemble(f.Text)}
		for _, t := range Types(f.Locals) {
			body.Locals = append(body.Locals, wasmbin.Local{Count: 1, Type: wasmbin.ValueType(t)})
		}
		m.AddFunc(wasmbin.FuncType{Params: Types(f.Params), Results: Types(f.Results)}, body)
		elem.Funcs = append(elem.Funcs, uint32(i))
		if f.Name != "" {
			m.Exports = append(m.Exports, wasmbin.Export{Name: f.Name, Index: uint32(i)})
		}
	}
	m.Elems = []wasmbin.Elem{elem, {Form: wasmbin.ElemNotActive, Type: wasmbin.FuncRef, Funcs: []uint32{0, 0, 0}}}
	m.DataCount = true
	m.Datas = []wasmbin.Data{{Form: wasmbin.DataPassive, Bytes: []byte("some bytes for memory.init to copy around")}}
	return m.Append(nil)
}
