package wasmbin_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"workcell/host/hosttest"
	"workcell/host/sandbox/wasmbin"
)

func at(address int32) []byte {
	return append(wasmbin.AppendS64([]byte{byte(wasmbin.OpI32Const)}, int64(address)), byte(wasmbin.OpEnd))
}

// withoutData takes the data of a module and returns the memory after it was written to an instance.
func withoutData(t testing.TB, m *wasmbin.Module) []byte {
	t.Helper()
	segments, err := m.TakeData()
	if err != nil {
		t.Fatal(err)
	}
	g := instantiate(t, m.Append(nil))
	if !bytes.Equal(memoryOf(g), make([]byte, g.Memory().Size())) {
		t.Error("the module still has data")
	}
	for _, s := range segments {
		if !g.Memory().Write(s.Address, s.Bytes) {
			t.Fatalf("%d bytes at %d do not fit", len(s.Bytes), s.Address)
		}
	}
	return memoryOf(g)
}

func TestTakenDataIsTheSameMemory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := func() *wasmbin.Module { return &wasmbin.Module{Memories: []wasmbin.Limits{{Min: 1}}, DataCount: true} }
		plain, rewritten := m(), m()
		for range rapid.IntRange(0, 12).Draw(rt, "segments") {
			d := wasmbin.Data{Bytes: rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(rt, "bytes")}
			switch rapid.IntRange(0, 5).Draw(rt, "kind") {
			case 0:
				d.Form = wasmbin.DataPassive
			case 1:
				d.Form, d.Offset = wasmbin.DataExplicit, at(rapid.Int32Range(0, 60_000).Draw(rt, "address"))
			default:
				d.Offset = at(rapid.Int32Range(0, 300).Draw(rt, "address"))
			}
			plain.Datas, rewritten.Datas = append(plain.Datas, d), append(rewritten.Datas, d)
		}
		if want := memoryOf(instantiate(t, plain.Append(nil))); !bytes.Equal(withoutData(t, rewritten), want) {
			rt.Fatal("the memory differs")
		}
	})
}

func TestTheDataOfAGoGuestCanBeTaken(t *testing.T) {
	wasm := hosttest.Guest(t, "./guests/handlers/board")
	m := decode(t, wasm)
	if len(m.Datas) < 1000 {
		t.Fatalf("%d segments", len(m.Datas))
	}
	if !bytes.Equal(withoutData(t, m), memoryOf(instantiate(t, wasm))) {
		t.Error("the memory differs")
	}
	if len(m.Datas) != 0 {
		t.Errorf("%d segments are left", len(m.Datas))
	}
}

func TestSegmentsKeepTheirIndicesForCode(t *testing.T) {
	m := &wasmbin.Module{Memories: []wasmbin.Limits{{Min: 1}}, DataCount: true, Datas: []wasmbin.Data{
		{Offset: at(8), Bytes: []byte("active")}, {Form: wasmbin.DataPassive, Bytes: []byte("passive")},
	}}
	f := m.AddFunc(wasmbin.FuncType{}, wasmbin.Body{Code: []byte{
		byte(wasmbin.OpI32Const), 32, byte(wasmbin.OpI32Const), 0, byte(wasmbin.OpI32Const), 7, 0xfc, 8, 1, 0,
		byte(wasmbin.OpI32Const), 0, byte(wasmbin.OpI32Const), 0, byte(wasmbin.OpI32Const), 0, 0xfc, 8, 0, 0, 0x0b,
	}})
	m.Exports = []wasmbin.Export{{Name: "init", Index: f}}
	segments, err := m.TakeData()
	if err != nil || len(segments) != 1 || segments[0].Address != 8 || string(segments[0].Bytes) != "active" {
		t.Fatal(segments, err)
	}
	g := instantiate(t, m.Append(nil))
	call(t, g, "init")
	if b := memoryOf(g); string(b[32:39]) != "passive" {
		t.Errorf("memory: %q", b[:48])
	}
}

func TestDataThatCannotBeTaken(t *testing.T) {
	one := func(offset ...byte) *wasmbin.Module {
		return &wasmbin.Module{Memories: []wasmbin.Limits{{Min: 1}}, Datas: []wasmbin.Data{{Offset: offset, Bytes: []byte{1}}}}
	}
	for name, m := range map[string]*wasmbin.Module{
		"an imported memory": {Imports: []wasmbin.Import{{Kind: wasmbin.KindMemory}}},
		"a global":           one(byte(wasmbin.OpGlobalGet), 0, 0x0b),
		"no offset":          one(0x0b),
		"two offsets":        one(byte(wasmbin.OpI32Const), 1, byte(wasmbin.OpI32Const), 1, 0x0b),
		"an i64":             one(byte(wasmbin.OpI64Const), 1, 0x0b),
	} {
		if _, err := m.TakeData(); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
