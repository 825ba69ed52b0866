package wasmbin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"workcell/host/hosttest"
	"workcell/host/sandbox/wasmbin"
)

func TestReader(t *testing.T) {
	code := []byte{
		0x02, 0x40, // block
		0x03, 0x7f, // loop (result i32)
		0x41, 0x7f, // i32.const -1
		0x04, 0x00, // if (type 0)
		0x0c, 0x02, // br 2
		0x05,                   // else
		0x41, 0x80, 0x01, 0x1a, // i32.const 128, drop
		0x0b,                               // end of else
		0x41, 0x00, 0x28, 0x02, 0x90, 0x01, // i32.const 0, i32.load align=4 offset=144
		0x0e, 0x02, 0x00, 0x01, 0x02, // br_table 0 1 2
		0x0b,       // end of loop
		0x1a, 0x0b, // drop, end of block
		0x11, 0x00, 0x00, // call_indirect (type 0) 0
	}
	m := decode(t, body(code...))
	r := wasmbin.NewReader(m)
	var got []string
	for r.Reset(0, &m.Code[0]); r.Next(); {
		in := r.Instr
		text := fmt.Sprintf("%02x %d-%d-%d", uint16(in.Op), in.Pos, in.Imm, in.End)
		switch in.Op {
		case wasmbin.OpBlock, wasmbin.OpLoop, wasmbin.OpIf, wasmbin.OpI32Const:
			text += fmt.Sprintf(" value=%d depth=%d", in.Value, r.Depth())
		case wasmbin.OpElse, wasmbin.OpEnd:
			text += fmt.Sprintf(" of %02x", uint16(in.Opener))
		case wasmbin.OpI32Load:
			text += fmt.Sprintf(" align=%d offset=%d", in.Index, in.Value)
		case wasmbin.OpBrTable:
			text += fmt.Sprintf(" %d: %v", in.Index, r.AppendLabels(nil))
		case wasmbin.OpBr, wasmbin.OpCallIndirect:
			text += fmt.Sprintf(" index=%d to %d, %d", in.Index, in.IndexEnd, in.Index2)
		}
		got = append(got, text)
	}
	want := strings.Split(strings.TrimSpace(`
02 0-1-2 value=-64 depth=2
03 2-3-4 value=-1 depth=3
41 4-5-6 value=-1 depth=3
04 6-7-8 value=0 depth=4
0c 8-9-10 index=2 to 10, 0
05 10-11-11 of 04
41 11-12-14 value=128 depth=4
1a 14-15-15
0b 15-16-16 of 05
41 16-17-18 value=0 depth=3
28 18-19-22 align=2 offset=144
0e 22-23-27 2: [0 1 2]
0b 27-28-28 of 03
1a 28-29-29
0b 29-30-30 of 02
11 30-31-33 index=0 to 32, 0
0b 33-34-34 of 00`), "\n")
	if err := r.Err(); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v\ngot\n%s\nwant\n%s", err, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestReaderDoesNotAllocate(t *testing.T) {
	m := decode(t, hosttest.Guest(t, "./guests/handlers/board"))
	r := wasmbin.NewReader(m)
	walk := func() {
		for i := range m.Code {
			for r.Reset(len(m.Types[m.Funcs[i]].Params), &m.Code[i]); r.Next(); {
			}
		}
	}
	if n := testing.AllocsPerRun(2, walk); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDecode(b *testing.B) {
	wasm := hosttest.Guest(b, "./guests/handlers/board")
	b.SetBytes(int64(len(wasm)))
	b.ReportAllocs()
	for b.Loop() {
		decode(b, wasm)
	}
}

func BenchmarkReader(b *testing.B) {
	m := decode(b, hosttest.Guest(b, "./guests/handlers/board"))
	r := wasmbin.NewReader(m)
	n, size := 0, 0
	for b.Loop() {
		n, size = 0, 0
		for i := range m.Code {
			for r.Reset(len(m.Types[m.Funcs[i]].Params), &m.Code[i]); r.Next(); n++ {
			}
			size += len(m.Code[i].Code)
		}
	}
	b.SetBytes(int64(size))
	b.ReportMetric(float64(n), "instructions")
}

func BenchmarkAddImport(b *testing.B) {
	wasm := hosttest.Guest(b, "./guests/handlers/board")
	m := decode(b, wasm)
	for b.Loop() {
		again := *m
		again.Code, again.Exports, again.Customs = slices.Clone(m.Code), slices.Clone(m.Exports), slices.Clone(m.Customs)
		again.Elems = nil
		if _, err := again.AddImport("m", "n", wasmbin.FuncType{}); err != nil {
			b.Fatal(err)
		}
	}
}
