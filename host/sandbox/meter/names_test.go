package meter_test

import (
	"errors"
	"testing"

	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmasm"
	"workcell/host/sandbox/wasmbin"
)

func TestReservedNamesAreRefused(t *testing.T) {
	importing := func(module string) wasmbin.Module {
		return wasmbin.Module{Types: []wasmbin.FuncType{{}}, Imports: []wasmbin.Import{{Module: module, Name: "f"}}}
	}
	exporting := func(name string, kind wasmbin.Kind) wasmbin.Module {
		m := wasmbin.Module{Exports: []wasmbin.Export{{Name: name, Kind: kind}}}
		m.AddFunc(wasmbin.FuncType{}, wasmbin.Body{Code: wasmasm.Assemble("")})
		m.AddGlobal(wasmbin.Global{GlobalType: wasmbin.GlobalType{Type: wasmbin.I32}, Init: wasmasm.Assemble("i32.const 0")})
		return m
	}
	for _, c := range []struct {
		name   string
		m      wasmbin.Module
		refuse bool
	}{
		{"the interface of guests", importing("workcell"), false},
		{"the import of metering", importing(meter.ImportModule), true},
		{"another import of the host's", importing("workcell.other"), true},
		{"an export of the interface", exporting("workcell_handle", wasmbin.KindFunc), false},
		{"an export of the host's", exporting("workcell.init", wasmbin.KindFunc), true},
		{"the slice", exporting(meter.GlobalName, wasmbin.KindGlobal), true},
		{"a global that looks like the host's", exporting("workcell_fuel", wasmbin.KindGlobal), true},
		{"a global of its own", exporting("fuel", wasmbin.KindGlobal), false},
	} {
		_, err := meter.Instrument(c.m.Append(nil), meter.Config{})
		var e *wasmbin.Error
		if c.refuse != errors.As(err, &e) || !c.refuse && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// Rewrites before metering export what begins with the reserved prefix: only the name metering itself needs is taken.
func TestRewriteMindsOnlyItsOwnNames(t *testing.T) {
	for name, ok := range map[string]bool{"workcell.init": true, meter.GlobalName: false} {
		m, err := wasmbin.Decode(wasmasm.Build(wasmasm.Func{Name: "run"}))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.AddExport(name, wasmbin.KindFunc, 0); err != nil {
			t.Fatal(err)
		}
		if err := meter.Rewrite(m, meter.Config{}); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := &wasmbin.Module{Types: []wasmbin.FuncType{{}}, Imports: []wasmbin.Import{{Module: meter.ImportModule}}}
	if err := meter.Rewrite(m, meter.Config{}); err == nil {
		t.Error("metered a module that imports refuel already")
	}
}

func TestCostsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*meter.Costs){
		"free instructions":      func(c *meter.Costs) { c.Instruction = 0 },
		"dear instructions":      func(c *meter.Costs) { c.Instruction = 1001 },
		"dear growth":            func(c *meter.Costs) { c.Grow = 1001 },
		"odd amounts of bytes":   func(c *meter.Costs) { c.BytesPerUnit = 12 },
		"odd amounts of entries": func(c *meter.Costs) { c.EntriesPerUnit = 0 },
	} {
		costs := meter.DefaultCosts()
		change(&costs)
		if _, err := meter.Instrument(wasmasm.Build(wasmasm.Func{Name: "run"}), meter.Config{Costs: costs}); err == nil {
			t.Errorf("%s were accepted", name)
		}
	}
}
