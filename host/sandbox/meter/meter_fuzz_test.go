package meter_test

import (
	"testing"

	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmasm"
	"workcell/host/sandbox/wasmbin"
)

// FuzzInstrument: metering never panics, changes nothing about the validity of a module, and makes it at most maxGrowth
// times as long.
func FuzzInstrument(f *testing.F) {
	for _, wasm := range suiteModules(f) {
		f.Add(wasm)
	}
	for _, p := range wasmasm.Programs() {
		f.Add(p.Wasm)
	}
	compile := newCompiler(f)
	f.Fuzz(func(t *testing.T, plain []byte) {
		metered, err := meter.Instrument(plain, meter.Config{})
		if err != nil {
			return
		}
		const maxGrowth, constant = 20, 2000
		if len(metered) > maxGrowth*len(plain)+constant {
			t.Errorf("%d bytes became %d", len(plain), len(metered))
		}
		m, err := wasmbin.Decode(plain)
		if err != nil || tooLarge(m) {
			return // the engine would try to allocate it
		}
		// The engine refuses an empty custom section at the very end, and only there.
		m.DropCustoms()
		before, after := compile(m.Append(nil)), compile(metered)
		if (before == nil) != (after == nil) {
			t.Fatalf("plain: %v, metered: %v", before, after)
		}
		if before == nil {
			if err := checkFlow(plain, metered, flowBound); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func tooLarge(m *wasmbin.Module) bool {
	for i := range m.Code {
		for _, l := range m.Code[i].Locals {
			if l.Count > 10_000 {
				return true
			}
		}
	}
	return false
}
