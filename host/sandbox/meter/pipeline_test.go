package meter_test

import (
	"testing"

	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmbin"
)

// All rewrites in the order a host does them: a guest that went through all of them is the same guest.
func TestTheWholePipeline(t *testing.T) {
	for name, plain := range realGuests(t) {
		m, err := wasmbin.Decode(plain)
		if err != nil {
			t.Fatal(err)
		}
		if err := meter.CheckNames(m); err != nil {
			t.Fatal(err)
		}
		if err := m.Lasting(); err != nil {
			t.Fatal(err)
		}
		if _, err := m.TakeStart("workcell.start"); err != nil {
			t.Fatal(err)
		}
		data, err := m.TakeData()
		if err != nil {
			t.Fatal(err)
		}
		globals, err := m.ExportGlobals("workcell.g")
		if err != nil || len(globals) == 0 {
			t.Fatal(globals, err)
		}
		if err := meter.Rewrite(m, meter.Config{}); err != nil {
			t.Fatal(err)
		}
		before, after := newGuest(t, "compiler", plain, ample, 1e6), newGuest(t, "compiler", m.Append(nil), ample, 1e6)
		for _, d := range data {
			after.mod.Memory().Write(d.Address, d.Bytes)
		}
		for _, f := range []string{"_initialize", "workcell_describe"} {
			want, got := before.call(f), after.call(f)
			if got.trap != "" || want.trap != "" || got.memory != want.memory {
				t.Errorf("%s: %s: %q, plain %q; the memory is the same: %t", name, f, got.trap, want.trap, got.memory == want.memory)
			}
		}
		for _, g := range globals {
			if after.mod.ExportedGlobal(g.Name) == nil {
				t.Errorf("%s: no global %s", name, g.Name)
			}
		}
	}
}
