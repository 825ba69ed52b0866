package wasmbin_test

import (
	"bytes"
	"testing"

	"workcell/host/hosttest"
	"workcell/host/sandbox/wasmbin"
)

func decode(t testing.TB, wasm []byte) *wasmbin.Module {
	t.Helper()
	m, err := wasmbin.Decode(wasm)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var (
	i32    = []byte{byte(wasmbin.I32)}
	getter = wasmbin.FuncType{Results: i32}
)

// constant returns the body of a function that returns n.
func constant(n byte) wasmbin.Body {
	return wasmbin.Body{Code: []byte{byte(wasmbin.OpI32Const), n, 0x0b}}
}

// referring makes a module that refers to functions in every way there is. Function 0 is imported, 1 returns 11, 2
// returns 22.
func referring() *wasmbin.Module {
	m := &wasmbin.Module{
		Types:   []wasmbin.FuncType{{}, getter},
		Imports: []wasmbin.Import{{Module: "host", Name: "nothing", Kind: wasmbin.KindFunc}, {Module: "host2", Name: "nothing", Kind: wasmbin.KindFunc}},
		Tables:  []wasmbin.Table{{Elem: wasmbin.FuncRef, Limits: wasmbin.Limits{Min: 4}}},
		Globals: []wasmbin.Global{
			{GlobalType: wasmbin.GlobalType{Type: wasmbin.FuncRef}, Init: []byte{byte(wasmbin.OpRefFunc), 3, 0x0b}},
			{GlobalType: wasmbin.GlobalType{Type: wasmbin.I32, Mutable: true}, Init: []byte{byte(wasmbin.OpI32Const), 0, 0x0b}},
		},
	}
	m.AddFunc(getter, constant(11))
	m.AddFunc(getter, constant(22))
	call := m.AddFunc(getter, wasmbin.Body{Code: []byte{byte(wasmbin.OpCall), 0, byte(wasmbin.OpCall), 2, 0x0b}})
	indirect := m.AddFunc(getter, wasmbin.Body{Code: []byte{
		byte(wasmbin.OpI32Const), 0, byte(wasmbin.OpGlobalGet), 0, byte(wasmbin.OpTableSet), 0,
		byte(wasmbin.OpI32Const), 0, byte(wasmbin.OpCallIndirect), 1, 0, 0x0b,
	}})
	expression := m.AddFunc(getter, wasmbin.Body{Code: []byte{byte(wasmbin.OpI32Const), 1, byte(wasmbin.OpCallIndirect), 1, 0, 0x0b}})
	index := m.AddFunc(getter, wasmbin.Body{Code: []byte{byte(wasmbin.OpI32Const), 2, byte(wasmbin.OpCallIndirect), 1, 0, 0x0b}})
	reference := m.AddFunc(getter, wasmbin.Body{Code: []byte{
		byte(wasmbin.OpI32Const), 3, byte(wasmbin.OpRefFunc), 3, byte(wasmbin.OpTableSet), 0,
		byte(wasmbin.OpI32Const), 3, byte(wasmbin.OpCallIndirect), 1, 0, 0x0b,
	}})
	start := m.AddFunc(wasmbin.FuncType{}, wasmbin.Body{Code: []byte{byte(wasmbin.OpI32Const), 7, byte(wasmbin.OpGlobalSet), 1, 0x0b}})
	m.HasStart, m.Start = true, start
	for name, f := range map[string]uint32{"call": call, "global": indirect, "expression": expression, "index": index, "reference": reference, "direct": 2} {
		m.Exports = append(m.Exports, wasmbin.Export{Name: name, Kind: wasmbin.KindFunc, Index: f})
	}
	m.Exports = append(m.Exports, wasmbin.Export{Name: "started", Kind: wasmbin.KindGlobal, Index: 1})
	m.Elems = []wasmbin.Elem{
		{Form: wasmbin.ElemExprs, Type: wasmbin.FuncRef, Offset: []byte{byte(wasmbin.OpI32Const), 1, 0x0b}, Exprs: [][]byte{{byte(wasmbin.OpRefFunc), 2, 0x0b}}},
		{Type: wasmbin.FuncRef, Offset: []byte{byte(wasmbin.OpI32Const), 2, 0x0b}, Funcs: []uint32{3}},
	}
	m.Customs = []wasmbin.CustomSection{{Name: "name", After: wasmbin.SectionCode, Bytes: []byte{
		1, 11, 2, 0, 3, 'o', 'n', 'e', 2, 3, 't', 'w', 'o', // function 0 is "one", 2 is "two"
		2, 6, 1, 2, 1, 0, 1, 'x', // local 0 of function 2 is "x"
		9, 2, 'h', 'i',
	}}}
	return m
}

func TestAddImportMovesAllThatRefersToFunctions(t *testing.T) {
	m := decode(t, referring().Append(nil))
	index, err := m.AddImport("late", "import", wasmbin.FuncType{Params: i32})
	if err != nil || index != 2 {
		t.Fatal(index, err)
	}
	added := m.Append(nil)
	for name, wasm := range map[string][]byte{"before": referring().Append(nil), "after": added} {
		g := instantiate(t, wasm)
		for f, want := range map[string]uint64{"call": 11, "global": 22, "expression": 11, "index": 22, "reference": 22, "direct": 11} {
			if got := call(t, g, f); got[0] != want {
				t.Errorf("%s: %s returns %d, want %d", name, f, got[0], want)
			}
		}
		if got := g.ExportedGlobal("started").Get(); got != 7 {
			t.Errorf("%s: the start function left %d", name, got)
		}
	}
	want := []byte{1, 11, 2, 0, 3, 'o', 'n', 'e', 3, 3, 't', 'w', 'o', 2, 6, 1, 3, 1, 0, 1, 'x', 9, 2, 'h', 'i'}
	if got := m.Customs[0].Bytes; !bytes.Equal(got, want) {
		t.Errorf("names: % x, want % x", got, want)
	}
}

func TestAddImportAtTheEdgeOfALEBByte(t *testing.T) {
	m := &wasmbin.Module{}
	for range 127 {
		m.AddFunc(getter, constant(1))
	}
	last := m.AddFunc(getter, constant(42))
	m.AddFunc(getter, wasmbin.Body{Code: append(wasmbin.AppendU32([]byte{byte(wasmbin.OpCall)}, last), 0x0b)})
	m.Exports = []wasmbin.Export{{Name: "f", Index: last + 1}}
	if _, err := m.AddImport("m", "n", wasmbin.FuncType{}); err != nil {
		t.Fatal(err)
	}
	if got := call(t, instantiate(t, m.Append(nil)), "f"); got[0] != 42 {
		t.Errorf("called another function: %d", got[0])
	}
}

func TestTakeStart(t *testing.T) {
	m := referring()
	if took, err := m.TakeStart("direct"); took || err == nil {
		t.Error("took a name that is taken")
	}
	if took, err := m.TakeStart("workcell.start"); !took || err != nil {
		t.Fatal(took, err)
	}
	g := instantiate(t, m.Append(nil))
	if got := g.ExportedGlobal("started").Get(); got != 0 {
		t.Error("it still starts by itself")
	}
	call(t, g, "workcell.start")
	if got := g.ExportedGlobal("started").Get(); got != 7 {
		t.Error("started by name, it does something else")
	}
	if took, err := m.TakeStart("again"); took || err != nil {
		t.Error(took, err)
	}
	m.HasStart, m.Start = true, 2 // returns a number
	if _, err := m.TakeStart("again"); err == nil {
		t.Error("took a start function that has results: the module became valid")
	}
}

func TestExportGlobals(t *testing.T) {
	m := referring()
	m.Imports = append(m.Imports, wasmbin.Import{Module: "m", Name: "g", Kind: wasmbin.KindGlobal, Global: wasmbin.GlobalType{Type: wasmbin.I64}})
	got, err := m.ExportGlobals("workcell.g")
	if err != nil || len(got) != 1 || got[0] != (wasmbin.ExportedGlobal{Name: "workcell.g2", Index: 2, Type: wasmbin.I32}) {
		t.Fatal(got, err)
	}
	if e := m.Exports[len(m.Exports)-1]; e != (wasmbin.Export{Name: "workcell.g2", Kind: wasmbin.KindGlobal, Index: 2}) {
		t.Error(e)
	}
	if _, err := m.ExportGlobals("workcell.g"); err == nil {
		t.Error("exported twice under one name")
	}
}

func TestDropCustomsKeepsNames(t *testing.T) {
	m := &wasmbin.Module{}
	for _, name := range []string{".debug_info", "name", "producers", "sourceMappingURL", ""} {
		m.Customs = append(m.Customs, wasmbin.CustomSection{Name: name})
	}
	if m.DropCustoms(); len(m.Customs) != 1 || m.Customs[0].Name != "name" {
		t.Error(m.Customs)
	}
}

func TestLasting(t *testing.T) {
	if err := decode(t, hosttest.Guest(t, "./guests/handlers/board")).Lasting(); err != nil {
		t.Error(err)
	}
	set := []byte{byte(wasmbin.OpI32Const), 0, byte(wasmbin.OpRefNull), 0x70, byte(wasmbin.OpTableSet), 0}
	for name, m := range map[string]*wasmbin.Module{
		"a table is set":    decode(t, body(set...)),
		"an element drop":   {Types: []wasmbin.FuncType{{}}, Funcs: []uint32{0}, Elems: []wasmbin.Elem{{Form: wasmbin.ElemNotActive, Type: wasmbin.FuncRef}}, Code: []wasmbin.Body{{Code: []byte{0xfc, 13, 0, 0x0b}}}},
		"an imported table": {Imports: []wasmbin.Import{{Kind: wasmbin.KindTable}}},
		"a vector global":   {Globals: []wasmbin.Global{{GlobalType: wasmbin.GlobalType{Type: wasmbin.V128, Mutable: true}}}},
		"a shared variable": {Imports: []wasmbin.Import{{Kind: wasmbin.KindGlobal, Global: wasmbin.GlobalType{Mutable: true}}}},
	} {
		if m.Lasting() == nil {
			t.Errorf("%s: can be restored?", name)
		}
	}
	if err := decode(t, body()).Lasting(); err != nil {
		t.Error(err)
	}
}
