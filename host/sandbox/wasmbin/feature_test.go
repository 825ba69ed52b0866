package wasmbin_test

import (
	"errors"
	"testing"

	"workcell/host/sandbox/wasmbin"
)

// raw makes a module of sections: an id and the content.
func raw(sections ...[]byte) []byte {
	b := []byte("\x00asm\x01\x00\x00\x00")
	for _, s := range sections {
		b = append(wasmbin.AppendU32(append(b, s[0]), uint32(len(s)-1)), s[1:]...)
	}
	return b
}

// body makes a module with one function, a memory, a table and a global.
func body(code ...byte) []byte {
	f := append([]byte{0}, code...)
	f = append(f, byte(wasmbin.OpEnd))
	return raw(
		[]byte{1, 1, 0x60, 0, 0},
		[]byte{3, 1, 0},
		[]byte{4, 1, 0x70, 0, 1},
		[]byte{5, 1, 0, 1},
		[]byte{6, 1, 0x7f, 1, 0x41, 0, 0x0b},
		append(wasmbin.AppendU32([]byte{10, 1}, uint32(len(f))), f...),
	)
}

func TestLaterFeaturesAreRefusedByName(t *testing.T) {
	for _, c := range []struct {
		name, feature string
		wasm          []byte
	}{
		{"an atomic load", "threads", body(0xfe, 0x10, 2, 0)},
		{"a shared memory", "threads", raw([]byte{5, 1, 3, 1, 1})},
		{"return_call", "tail calls", body(0x12, 0)},
		{"return_call_indirect", "tail calls", body(0x13, 0, 0)},
		{"i32.add in an initialiser", "extended constant expressions", raw([]byte{6, 1, 0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b})},
		{"try_table", "exceptions", body(0x1f, 0x40, 0)},
		{"throw", "exceptions", body(0x08, 0)},
		{"a tag section", "exceptions", raw([]byte{1, 1, 0x60, 0, 0}, []byte{13, 1, 0, 0})},
		{"an exported tag", "exceptions", raw([]byte{7, 1, 1, 'x', 4, 0})},
		{"a type exnref", "exceptions", raw([]byte{1, 1, 0x60, 1, 0x69, 0})},
		{"a struct", "garbage collection", raw([]byte{1, 1, 0x5f, 0})},
		{"a group of types", "garbage collection", raw([]byte{1, 1, 0x4e, 1, 0x60, 0, 0})},
		{"struct.new", "garbage collection", body(0xfb, 0, 0)},
		{"a type eqref", "garbage collection", raw([]byte{1, 1, 0x60, 1, 0x6d, 0})},
		{"call_ref", "typed function references", body(0x14, 0)},
		{"a reference to a type", "typed function references", raw([]byte{1, 2, 0x60, 0, 0, 0x60, 1, 0x63, 0, 0})},
		{"a table with an initialiser", "typed function references", raw([]byte{4, 1, 0x40, 0, 0x70, 0, 1, 0xd0, 0x70, 0x0b})},
		{"a memory of 64 bits", "64-bit memory", raw([]byte{5, 1, 4, 1})},
		{"a table of 64 bits", "64-bit memory", raw([]byte{4, 1, 0x70, 4, 1})},
		{"two memories", "multiple memories", raw([]byte{5, 2, 0, 1, 0, 1})},
		{"a load from another memory", "multiple memories", body(0x41, 0, 0x28, 0x42, 1, 0, 0x1a)},
		{"i8x16.relaxed_swizzle", "relaxed SIMD", body(0xfd, 0x80, 0x02)},
	} {
		_, err := wasmbin.Decode(c.wasm)
		var e *wasmbin.Error
		if !errors.As(err, &e) || e.Problem != wasmbin.Unsupported || e.Feature != c.feature {
			t.Errorf("%s: want the feature %q, got %v", c.name, c.feature, err)
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for _, c := range []struct {
		name string
		wasm []byte
		want wasmbin.Error
	}{
		{"not wasm", []byte("\x7fELF"), wasmbin.Error{Problem: wasmbin.Malformed, Section: wasmbin.SectionHeader, Offset: 0}},
		{"nothing", nil, wasmbin.Error{Problem: wasmbin.Malformed, Section: wasmbin.SectionHeader, Offset: 0}},
		{"another version", []byte("\x00asm\x02\x00\x00\x00"), wasmbin.Error{Problem: wasmbin.Malformed, Section: wasmbin.SectionHeader, Offset: 4}},
		{"an unknown opcode", body(0x01, 0x27), wasmbin.Error{Problem: wasmbin.Malformed, Section: wasmbin.SectionCode, Offset: 43}},
		{"a call to nowhere", body(0x10, 9), wasmbin.Error{Problem: wasmbin.Invalid, Section: wasmbin.SectionCode, Offset: 43}},
		{"a local that is not there", body(0x20, 0), wasmbin.Error{Problem: wasmbin.Invalid, Section: wasmbin.SectionCode, Offset: 43}},
		{"bytes after the function", body(0x0b), wasmbin.Error{Problem: wasmbin.Malformed, Section: wasmbin.SectionCode, Offset: 43}},
		{"a block without end", body(0x02, 0x40), wasmbin.Error{Problem: wasmbin.Malformed, Section: wasmbin.SectionCode, Offset: 45}},
		{"else in a block", body(0x02, 0x40, 0x05, 0x0b), wasmbin.Error{Problem: wasmbin.Malformed, Section: wasmbin.SectionCode, Offset: 44}},
		{"sections in the wrong order", raw([]byte{5, 0}, []byte{4, 0}), wasmbin.Error{Problem: wasmbin.Malformed, Section: wasmbin.SectionTables, Offset: 11}},
		{"the same section twice", raw([]byte{5, 0}, []byte{5, 0}), wasmbin.Error{Problem: wasmbin.Malformed, Section: wasmbin.SectionMemories, Offset: 11}},
		{"bytes after a section", raw([]byte{5, 0, 0}), wasmbin.Error{Problem: wasmbin.Malformed, Section: wasmbin.SectionMemories, Offset: 11}},
		{"an export twice", raw([]byte{5, 1, 0, 1}, []byte{7, 2, 1, 'm', 2, 0, 1, 'm', 2, 0}), wasmbin.Error{Problem: wasmbin.Invalid, Section: wasmbin.SectionExports, Offset: 20}},
		{"a name that is no UTF-8", raw([]byte{0, 1, 0xff}), wasmbin.Error{Problem: wasmbin.Malformed, Section: wasmbin.SectionCustom, Offset: 10}},
		{"names of a wrong length", raw([]byte{0, 4, 'n', 'a', 'm', 'e', 1, 3, 1, 0, 9}), wasmbin.Error{Problem: wasmbin.Malformed, Section: wasmbin.SectionCustom, Offset: 0}},
	} {
		_, err := wasmbin.Decode(c.wasm)
		var e *wasmbin.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if e.Problem != c.want.Problem || e.Section != c.want.Section || c.want.Offset != 0 && e.Offset != c.want.Offset {
			t.Errorf("%s: want %s in the %s section at %d, got %v (%d)", c.name, c.want.Problem, c.want.Section, c.want.Offset, err, e.Offset)
		}
	}
}

func TestLimits(t *testing.T) {
	count := func(id byte, n uint32) []byte { return raw(wasmbin.AppendU32([]byte{id}, n)) }
	locals := append(wasmbin.AppendU32([]byte{1}, wasmbin.MaxLocals+1), 0x7f, 0x0b)
	for name, wasm := range map[string][]byte{
		"bytes":      make([]byte, wasmbin.MaxModuleBytes+1),
		"types":      count(1, wasmbin.MaxTypes+1),
		"imports":    count(2, wasmbin.MaxImports+1),
		"functions":  count(3, wasmbin.MaxFunctions+1),
		"globals":    count(6, wasmbin.MaxGlobals+1),
		"exports":    count(7, wasmbin.MaxExports+1),
		"elements":   count(9, wasmbin.MaxElems+1),
		"data":       count(11, wasmbin.MaxDatas+1),
		"data count": count(12, wasmbin.MaxDatas+1),
		"parameters": raw(append(wasmbin.AppendU32([]byte{1, 1, 0x60}, wasmbin.MaxParams+1), make([]byte, 2000)...)),
		"a table":    raw(append([]byte{4, 1, 0x70, 0}, wasmbin.AppendU32(nil, wasmbin.MaxTableEntries+1)...)),
		"locals":     raw([]byte{1, 1, 0x60, 0, 0}, []byte{3, 1, 0}, append([]byte{10, 1, byte(len(locals))}, locals...)),
	} {
		_, err := wasmbin.Decode(wasm)
		var e *wasmbin.Error
		if !errors.As(err, &e) || e.Problem != wasmbin.TooBig {
			t.Errorf("%s: want too big, got %v", name, err)
		}
	}
	if _, err := wasmbin.Decode(count(3, wasmbin.MaxFunctions)); err == nil {
		t.Error("accepted functions that are not there")
	}
}
