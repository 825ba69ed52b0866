package wasmbin

import "slices"

// Module is a decoded module. All indices in it are those of the specification: imports come first.
//
// Byte slices are views of what was decoded, except where a number in a body or initialiser had to be shortened. They
// must not be written to; rewrites replace them. One goroutine at a time.
type Module struct {
	Types     []FuncType
	Imports   []Import
	Funcs     []uint32 // the type of each defined function
	Tables    []Table
	Memories  []Limits
	Globals   []Global
	Exports   []Export
	HasStart  bool
	Start     uint32
	Elems     []Elem
	Code      []Body // of each defined function
	DataCount bool   // there is a data count section; its value is len(Datas)
	Datas     []Data
	Customs   []CustomSection
}

// Import is an import. Only the field that Kind tells has a meaning.
type Import struct {
	Module, Name string
	Kind         Kind
	Type         uint32 // of a function
	Table        Table
	Memory       Limits
	Global       GlobalType
}

// Global is a defined global.
type Global struct {
	GlobalType
	Init []byte // expression, end included
}

// Export is an export.
type Export struct {
	Name  string
	Kind  Kind
	Index uint32
}

// The bits of Elem.Form.
const (
	ElemNotActive = 1 // passive, or declarative with ElemExplicit
	ElemExplicit  = 2 // active with an explicit table, or declarative
	ElemExprs     = 4 // entries are expressions and not functions
)

// Elem is an element segment.
type Elem struct {
	Form   uint32 // as encoded
	Table  uint32
	Offset []byte    // of an active segment: expression, end included
	Type   ValueType // of the entries
	Funcs  []uint32  // without ElemExprs
	Exprs  [][]byte  // with ElemExprs: expressions, end included
}

// Active reports whether the segment is copied to its table when the module is instantiated.
func (e *Elem) Active() bool { return e.Form&ElemNotActive == 0 }

// Body is the body of a defined function. Whoever makes one writes all numbers in Code as short as can be, as Decode does.
type Body struct {
	Locals []Local // besides the parameters
	Code   []byte  // expression, end included

	offset int // of Code in the module it was decoded from
}

// Local declares Count locals of a type.
type Local struct {
	Count uint32
	Type  ValueType
}

// The values of Data.Form.
const (
	DataActive   = 0
	DataPassive  = 1
	DataExplicit = 2 // active, and the memory, 0, is encoded
)

// Data is a data segment.
type Data struct {
	Form   uint32 // as encoded
	Offset []byte // of an active segment: expression, end included
	Bytes  []byte
}

// Active reports whether the segment is copied to memory when the module is instantiated.
func (d *Data) Active() bool { return d.Form != DataPassive }

// CustomSection is a custom section.
type CustomSection struct {
	Name  string
	Bytes []byte
	After SectionID // the section it follows; SectionHeader for none
}

// counts are the sizes of a module's index spaces.
type counts struct{ types, funcs, tables, memories, globals, elems, datas int }

func (m *Module) counts() counts {
	n := counts{
		types: len(m.Types), funcs: len(m.Funcs), tables: len(m.Tables), memories: len(m.Memories), globals: len(m.Globals),
		elems: len(m.Elems), datas: len(m.Datas),
	}
	if !m.DataCount {
		n.datas = -1
	}
	for i := range m.Imports {
		switch m.Imports[i].Kind {
		case KindFunc:
			n.funcs++
		case KindTable:
			n.tables++
		case KindMemory:
			n.memories++
		case KindGlobal:
			n.globals++
		}
	}
	return n
}

// Imported returns how many imports are of a kind, and so the index of the first defined one.
func (m *Module) Imported(kind Kind) uint32 {
	n := uint32(0)
	for i := range m.Imports {
		if m.Imports[i].Kind == kind {
			n++
		}
	}
	return n
}

// TypeOf returns the type of a function.
func (m *Module) TypeOf(f uint32) FuncType {
	for i := range m.Imports {
		if m.Imports[i].Kind == KindFunc {
			if f == 0 {
				return m.Types[m.Imports[i].Type]
			}
			f--
		}
	}
	return m.Types[m.Funcs[f]]
}

// AddType returns the index of a function type, which is added if need be.
func (m *Module) AddType(t FuncType) uint32 {
	i := slices.IndexFunc(m.Types, t.Equal)
	if i < 0 {
		i = len(m.Types)
		m.Types = append(m.Types, t)
	}
	return uint32(i)
}

// AddFunc adds a defined function and returns its index.
func (m *Module) AddFunc(t FuncType, body Body) uint32 {
	m.Funcs = append(m.Funcs, m.AddType(t))
	m.Code = append(m.Code, body)
	return m.Imported(KindFunc) + uint32(len(m.Funcs)) - 1
}

// AddGlobal adds a defined global and returns its index.
func (m *Module) AddGlobal(g Global) uint32 {
	m.Globals = append(m.Globals, g)
	return m.Imported(KindGlobal) + uint32(len(m.Globals)) - 1
}

// HasExport reports whether the module exports something under a name.
func (m *Module) HasExport(name string) bool {
	return slices.ContainsFunc(m.Exports, func(e Export) bool { return e.Name == name })
}
