package wasmbin_test

import (
	"errors"
	"testing"

	"workcell/host/sandbox/wasmbin"
)

// FuzzDecode: decoding and all rewrites never panic, round trips keep their law, and no rewrite makes an invalid module
// valid or a valid one invalid.
func FuzzDecode(f *testing.F) {
	for _, s := range suiteModules(f) {
		f.Add(s.wasm)
	}
	f.Add(referring().Append(nil))
	valid := compile(f)
	f.Fuzz(func(t *testing.T, wasm []byte) {
		m, err := wasmbin.Decode(wasm)
		if err != nil {
			var e *wasmbin.Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(wasm) || e.Reason == "" || e.Problem == 0 {
				t.Fatalf("a poor error: %#v", err)
			}
			return
		}
		comesBack(t, wasm)
		for i := range m.Code {
			for _, l := range m.Code[i].Locals {
				if l.Count > 10_000 {
					return // the engine would try to allocate them
				}
			}
		}
		_ = m.Lasting()
		// The engine refuses an empty custom section at the very end, and only there.
		m.DropCustoms()
		before := valid(m.Append(nil))
		if _, err := m.AddImport("m", "n", wasmbin.FuncType{}); err != nil {
			t.Fatal(err)
		}
		if after := valid(m.Append(nil)); (before == nil) != (after == nil) {
			t.Fatalf("with an import more: before %v, after %v", before, after)
		}
		if before != nil {
			return
		}
		_, startErr := m.TakeStart("\x00start")
		_, globalsErr := m.ExportGlobals("\x00g")
		_, dataErr := m.TakeData()
		if after := valid(m.Append(nil)); after != nil {
			t.Fatalf("rewritten (%v, %v, %v): %v", startErr, globalsErr, dataErr, after)
		}
	})
}
