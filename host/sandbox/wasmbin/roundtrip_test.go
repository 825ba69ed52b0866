package wasmbin_test

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"workcell/host/hosttest"
	"workcell/host/sandbox/wasmbin"
)

// comesBack checks the law of round trips: canonical bytes come back, others become canonical ones of the same module.
func comesBack(t testing.TB, wasm []byte) (same bool) {
	t.Helper()
	m, err := wasmbin.Decode(wasm)
	if err != nil {
		return false
	}
	once := m.Append(nil)
	again, err := wasmbin.Decode(once)
	if err != nil {
		t.Fatalf("after a round trip: %v", err)
	}
	m.ForgetOffsets()
	again.ForgetOffsets()
	if !reflect.DeepEqual(m, again) {
		t.Fatal("not the same module after a round trip")
	}
	if twice := again.Append([]byte("kept")); !bytes.Equal(twice, append([]byte("kept"), once...)) {
		t.Fatal("the second round trip changed bytes")
	}
	return bytes.Equal(once, wasm)
}

func TestTheSuiteComesBack(t *testing.T) {
	valid := compile(t)
	same, all := 0, 0
	for _, s := range suiteModules(t) {
		m, err := wasmbin.Decode(s.wasm)
		if err != nil {
			continue
		}
		all++
		if comesBack(t, s.wasm) {
			same++
			continue
		}
		// What was not canonical is as valid as before.
		if before, after := valid(s.wasm), valid(m.Append(nil)); (before == nil) != (after == nil) {
			t.Errorf("%s: before %v, after %v", s.name, before, after)
		}
	}
	if t.Logf("%d of %d came back byte for byte", same, all); same < all*9/10 {
		t.Error("too few")
	}
}

func TestGoGuestsComeBackButForPaddedNumbers(t *testing.T) {
	for _, pkg := range []string{"./guests/handlers/board", "./guests/hostile"} {
		wasm := hosttest.Guest(t, pkg)
		same := comesBack(t, wasm)
		t.Logf("%s: %d bytes, %d after, the same: %t", pkg, len(wasm), len(decode(t, wasm).Append(nil)), same)
	}
}

func TestRandomModulesComeBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := genModule(rt)
		if wasm := m.Append(nil); !comesBack(t, wasm) {
			_, err := wasmbin.Decode(wasm)
			rt.Fatalf("%v: % x", err, wasm)
		}
	})
}

// genModule draws a module that decodes, valid or not.
func genModule(t *rapid.T) *wasmbin.Module {
	valueTypes := rapid.SliceOfN(rapid.SampledFrom([]byte{0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f}), 0, 4)
	limits := func() wasmbin.Limits {
		l := wasmbin.Limits{Min: rapid.Uint32Range(0, 300).Draw(t, "min"), HasMax: rapid.Bool().Draw(t, "has max")}
		if l.HasMax {
			l.Max = l.Min + rapid.Uint32Range(0, 300).Draw(t, "max")
		}
		return l
	}
	initialiser := rapid.Custom(func(t *rapid.T) []byte {
		return append(wasmbin.AppendS64([]byte{byte(wasmbin.OpI32Const)}, int64(rapid.Int32().Draw(t, "constant"))), 0x0b)
	})
	bytes := rapid.SliceOfN(rapid.Byte(), 0, 200)
	m := &wasmbin.Module{DataCount: true}
	for range rapid.IntRange(1, 4).Draw(t, "types") {
		m.Types = append(m.Types, wasmbin.FuncType{Params: valueTypes.Draw(t, "params"), Results: valueTypes.Draw(t, "results")})
	}
	someType := rapid.Uint32Range(0, uint32(len(m.Types)-1))
	for range rapid.IntRange(0, 3).Draw(t, "imports") {
		m.Imports = append(m.Imports, wasmbin.Import{
			Module: rapid.String().Draw(t, "module"), Name: rapid.String().Draw(t, "name"),
			Kind: wasmbin.KindFunc, Type: someType.Draw(t, "type"),
		}, wasmbin.Import{Kind: wasmbin.KindGlobal, Global: wasmbin.GlobalType{Type: wasmbin.F64, Mutable: rapid.Bool().Draw(t, "mutable")}})
	}
	m.Tables = []wasmbin.Table{{Elem: wasmbin.ExternRef, Limits: limits()}, {Elem: wasmbin.FuncRef, Limits: limits()}}
	m.Memories = []wasmbin.Limits{limits()}
	for range rapid.IntRange(0, 3).Draw(t, "globals") {
		m.Globals = append(m.Globals, wasmbin.Global{GlobalType: wasmbin.GlobalType{Type: wasmbin.I32}, Init: initialiser.Draw(t, "init")})
	}
	for range rapid.IntRange(1, 300).Draw(t, "functions") {
		m.Funcs = append(m.Funcs, someType.Draw(t, "type"))
		m.Code = append(m.Code, wasmbin.Body{
			Locals: rapid.SliceOfN(rapid.Just(wasmbin.Local{Count: 300, Type: wasmbin.I64}), 0, 2).Draw(t, "locals"),
			Code:   append(rapid.SliceOfN(rapid.SampledFrom([]byte{0x00, 0x01, 0x0f, 0x1a, 0x1b, 0x45, 0xc4, 0xd1}), 0, 200).Draw(t, "code"), 0x0b),
		})
	}
	for form := range uint32(8) {
		e := wasmbin.Elem{Form: form, Type: wasmbin.FuncRef}
		if e.Active() {
			e.Offset = initialiser.Draw(t, "offset")
			if form&wasmbin.ElemExplicit != 0 {
				e.Table = 1
			}
		}
		if form&wasmbin.ElemExprs != 0 {
			e.Exprs = append(e.Exprs, []byte{byte(wasmbin.OpRefNull), byte(wasmbin.FuncRef), 0x0b})
		} else {
			e.Funcs = append(e.Funcs, uint32(len(m.Code)-1))
		}
		m.Elems = append(m.Elems, e)
	}
	for form := range uint32(3) {
		d := wasmbin.Data{Form: form, Bytes: bytes.Draw(t, "data")}
		if d.Active() {
			d.Offset = initialiser.Draw(t, "offset")
		}
		m.Datas = append(m.Datas, d)
	}
	m.Exports = []wasmbin.Export{{Name: rapid.String().Draw(t, "export"), Kind: wasmbin.KindFunc, Index: uint32(len(m.Code) - 1)}}
	m.HasStart = rapid.Bool().Draw(t, "start")
	for range rapid.IntRange(0, 2).Draw(t, "customs") {
		after := rapid.SampledFrom([]wasmbin.SectionID{wasmbin.SectionHeader, wasmbin.SectionTypes, wasmbin.SectionDataCount, wasmbin.SectionCode, wasmbin.SectionDatas})
		m.Customs = append(m.Customs, wasmbin.CustomSection{Name: "x" + rapid.String().Draw(t, "name"), Bytes: bytes.Draw(t, "custom"), After: after.Draw(t, "after")})
	}
	return m
}
