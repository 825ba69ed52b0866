package wasmbin_test

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"workcell/host/hosttest"
	"workcell/host/sandbox/wasmbin"
)

func at(address int32) []byte {
	return append(wasmbin.AppendS64([]byte{byte(wasmbin.OpI32Const)}, int64(address)), byte(wasmbin.OpEnd))
}

// merged merges the data of a module and returns the memory after its function has run.
func merged(t testing.TB, m *wasmbin.Module) (memory []byte, pieces int) {
	t.Helper()
	pieces, err := m.MergeData("workcell.data")
	if err != nil {
		t.Fatal(err)
	}
	g := instantiate(t, m.Append(nil))
	if !bytes.Equal(memoryOf(g), make([]byte, g.Memory().Size())) {
		t.Error("there is data before the function has run")
	}
	call(t, g, "workcell.data")
	return memoryOf(g), pieces
}

func TestMergedDataIsTheSameMemory(t *testing.T) {
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
		got, _ := merged(t, rewritten)
		if want := memoryOf(instantiate(t, plain.Append(nil))); !bytes.Equal(got, want) {
			rt.Fatal("the memory differs")
		}
	})
}

func TestTheDataOfAGoGuestIsFewPieces(t *testing.T) {
	wasm := hosttest.Guest(t, "./guests/handlers/board")
	m := decode(t, wasm)
	segments := len(m.Datas)
	want := memoryOf(instantiate(t, wasm))
	got, pieces := merged(t, m)
	if !bytes.Equal(got, want) {
		t.Error("the memory differs")
	}
	t.Logf("%d segments became %d pieces, %d bytes became %d", segments, pieces, len(wasm), len(m.Append(nil)))
	if segments < 1000 || pieces > 100 {
		t.Errorf("%d segments became %d pieces", segments, pieces)
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
	if _, err := m.MergeData("data"); err != nil {
		t.Fatal(err)
	}
	g := instantiate(t, m.Append(nil))
	call(t, g, "data")
	call(t, g, "init")
	if b := memoryOf(g); string(b[8:14]) != "active" || string(b[32:39]) != "passive" {
		t.Errorf("memory: %q", b[:48])
	}
}

func TestDataThatCannotBeMerged(t *testing.T) {
	one := func(offset ...byte) *wasmbin.Module {
		return &wasmbin.Module{Memories: []wasmbin.Limits{{Min: 1}}, Datas: []wasmbin.Data{{Offset: offset, Bytes: []byte{1}}}}
	}
	for name, m := range map[string]*wasmbin.Module{
		"an imported memory": {Imports: []wasmbin.Import{{Kind: wasmbin.KindMemory}}},
		"no offset":          one(0x0b),
		"two offsets":        one(byte(wasmbin.OpI32Const), 1, byte(wasmbin.OpI32Const), 1, 0x0b),
		"an i64":             one(byte(wasmbin.OpI64Const), 1, 0x0b),
		"a name taken":       {Exports: []wasmbin.Export{{Name: "data"}}},
	} {
		if _, err := m.MergeData("data"); err == nil {
			t.Errorf("%s: merged", name)
		}
	}
}

// BenchmarkMergeData shows what the gap, below which zeros are kept as data, means for size and for the time to compile.
func BenchmarkMergeData(b *testing.B) {
	wasm := hosttest.Guest(b, "./guests/handlers/board")
	for _, gap := range []uint64{0, 64, 1024, 4096, 65536} {
		b.Run(fmt.Sprint("gap=", gap), func(b *testing.B) {
			var pieces, size int
			for b.Loop() {
				m := decode(b, wasm)
				pieces, _ = m.MergeDataGap("workcell.data", gap)
				size = len(m.Append(nil))
			}
			b.ReportMetric(float64(pieces), "pieces")
			b.ReportMetric(float64(size), "bytes")
		})
	}
}
