package wasmbin

import (
	"bytes"
	"fmt"
)

// SectionID is the number of a section.
type SectionID uint8

// The sections. They stand in a module in this order, but SectionDataCount in front of SectionCode.
const (
	SectionCustom SectionID = iota
	SectionTypes
	SectionImports
	SectionFunctions
	SectionTables
	SectionMemories
	SectionGlobals
	SectionExports
	SectionStart
	SectionElems
	SectionCode
	SectionDatas
	SectionDataCount
)

// SectionHeader is where an error is that was found before the first section: custom sections with this ID stand there too.
const SectionHeader = SectionCustom

func (s SectionID) String() string {
	names := [...]string{
		"custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code", "data", "data count",
	}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("unknown (%d)", s)
}

// order is the order of sections in a module.
var order = [...]SectionID{
	SectionTypes, SectionImports, SectionFunctions, SectionTables, SectionMemories, SectionGlobals, SectionExports, SectionStart,
	SectionElems, SectionDataCount, SectionCode, SectionDatas,
}

// ValueType is a type of values, as encoded.
type ValueType byte

// The value types.
const (
	I32       ValueType = 0x7f
	I64       ValueType = 0x7e
	F32       ValueType = 0x7d
	F64       ValueType = 0x7c
	V128      ValueType = 0x7b
	FuncRef   ValueType = 0x70
	ExternRef ValueType = 0x6f
)

func (t ValueType) String() string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case V128:
		return "v128"
	case FuncRef:
		return "funcref"
	case ExternRef:
		return "externref"
	}
	return fmt.Sprintf("type %#x", byte(t))
}

// IsRef reports whether t is a type of references.
func (t ValueType) IsRef() bool { return t == FuncRef || t == ExternRef }

func (t ValueType) valid() bool { return t >= V128 && t <= I32 || t.IsRef() }

// FuncType is the type of a function. Both vectors hold value types as encoded: one byte each.
type FuncType struct{ Params, Results []byte }

// Equal reports whether both types are the same.
func (t FuncType) Equal(u FuncType) bool {
	return bytes.Equal(t.Params, u.Params) && bytes.Equal(t.Results, u.Results)
}

// Limits are the sizes of a table in entries, or of a memory in pages.
type Limits struct {
	Min, Max uint32
	HasMax   bool
}

// Table is a table of references.
type Table struct {
	Elem ValueType
	Limits
}

// GlobalType is the type of a global.
type GlobalType struct {
	Type    ValueType
	Mutable bool
}

// Kind is what an import or export is, as encoded.
type Kind byte

// The kinds.
const (
	KindFunc Kind = iota
	KindTable
	KindMemory
	KindGlobal
)

func (k Kind) String() string { return [...]string{"function", "table", "memory", "global"}[k&3] }
