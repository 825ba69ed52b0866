package meter_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"workcell/host/hosttest"
	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmasm"
)

// BenchmarkInstrument is the time metering adds to loading the largest guest, and what it adds to its size.
func BenchmarkInstrument(b *testing.B) {
	plain := hosttest.Guest(b, "./guests/handlers/board")
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	var metered []byte
	for b.Loop() {
		metered = instrument(b, plain, meter.Config{})
	}
	b.ReportMetric(float64(len(metered))/float64(len(plain)), "size-ratio")
}

// BenchmarkMetered runs each program plain and metered in turns, and reports the ratio of the medians.
func BenchmarkMetered(b *testing.B) {
	for _, p := range wasmasm.Programs() {
		if p.Name == "growth" || p.Name == "tables" {
			continue // the price of these is no matter of time
		}
		b.Run(p.Name, func(b *testing.B) {
			metered := instrument(b, p.Wasm, meter.Config{})
			benchmarkRatio(b, newGuest(b, "compiler", p.Wasm, ample, 1e6), newGuest(b, "compiler", metered, ample, 1e6), "run", p.Big)
		})
	}
}

// BenchmarkMeteredGo does the same with a Go guest that describes itself.
func BenchmarkMeteredGo(b *testing.B) {
	plain := hosttest.Guest(b, "./guests/hostile")
	metered := instrument(b, plain, meter.Config{})
	p, m := newGuest(b, "compiler", plain, ample, 1e6), newGuest(b, "compiler", metered, ample, 1e6)
	p.call("_initialize")
	m.call("_initialize")
	benchmarkRatio(b, p, m, "workcell_describe")
}

func benchmarkRatio(b *testing.B, plain, metered *guest, name string, args ...uint64) {
	run := func(g *guest) time.Duration {
		start := time.Now()
		if _, err := g.mod.ExportedFunction(name).Call(context.Background(), args...); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	var ps, ms []time.Duration
	before := metered.spent()
	for b.Loop() {
		ps = append(ps, run(plain))
		ms = append(ms, run(metered))
	}
	slices.Sort(ps)
	slices.Sort(ms)
	p, m := ps[len(ps)/2], ms[len(ms)/2]
	b.ReportMetric(float64(m)/float64(p), "metered/plain")
	b.ReportMetric(float64(metered.spent()-before)/float64(len(ms))/float64(p.Nanoseconds()), "units/ns")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkStretch shows what the checks on long ways through functions cost a Go guest.
func BenchmarkStretch(b *testing.B) {
	plain := hosttest.Guest(b, "./guests/hostile")
	for _, stretch := range []uint32{1 << 30, 4096, 512, 128} {
		b.Run(fmt.Sprint(stretch), func(b *testing.B) {
			metered := instrument(b, plain, meter.WithStretch(meter.Config{}, stretch))
			p, m := newGuest(b, "compiler", plain, ample, 1e6), newGuest(b, "compiler", metered, ample, 1e6)
			p.call("_initialize")
			m.call("_initialize")
			benchmarkRatio(b, p, m, "workcell_describe")
			b.ReportMetric(float64(len(metered))/float64(len(plain)), "size-ratio")
		})
	}
}

// BenchmarkPrices measures what the prices of DefaultCosts stand for, in nanoseconds for each page or byte.
func BenchmarkPrices(b *testing.B) {
	g := newGuest(b, "compiler", wasmasm.Build(
		wasmasm.Func{Name: "fill", Params: "i32 i32", Text: `loop i32.const 0 i32.const 1 local.get 1 memory.fill local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end`},
		wasmasm.Func{Name: "copy", Params: "i32 i32", Text: `loop i32.const 0 i32.const 0x7000 local.get 1 memory.copy local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end`},
		wasmasm.Func{Name: "grow", Params: "i32 i32", Text: `loop i32.const 99 memory.grow drop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end`},
	), ample, 1e6)
	for _, op := range []string{"fill", "copy", "grow"} {
		for _, n := range []uint64{16, 256, 4096, 28000} {
			if op == "grow" && n > 16 {
				continue
			}
			b.Run(fmt.Sprintf("%s/%d", op, n), func(b *testing.B) {
				g.mod.ExportedFunction(op).Call(context.Background(), uint64(b.N), n)
			})
		}
	}
}
