package deploy_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"workcell/abi"
	"workcell/host/sandbox/wasmasm"
	"workcell/host/sandbox/wasmbin"
)

// guest is a small handler: it replies with its version to every message.
type guest struct {
	manifest abi.Manifest
	text     string // of the manifest, if it is not that of manifest
	handle   string // code in front of the reply
	selfTest string // code; empty: there is no self test
	warm     string
	change   func(*wasmbin.Module)
}

// Where things are in the memory of a guest.
const (
	replyAt    = 512
	manifestAt = 1024
)

// The imports of a guest, by number.
const (
	outputWrite = iota
	kvPut
	logLine
)

// hello returns a guest that has route 2000 and writes to the data set "hello".
func hello(version string) *guest {
	return &guest{manifest: abi.Manifest{
		ABI: abi.Version, Name: "hello", Version: version,
		DataSets: []abi.DataSet{{Name: "hello", Access: abi.AccessWrite}},
		Routes:   []abi.Route{{ID: 2000, Name: "hello", Kind: abi.KindWrite, Reply: 1001, Events: []uint32{1002}}},
	}}
}

// named returns a guest with another name and route.
func named(name string, route uint32) *guest {
	g := hello("1.0.0")
	g.manifest.Name, g.manifest.Routes[0].ID, g.manifest.Routes[0].Name = name, route, name
	g.manifest.DataSets[0].Name = name
	return g
}

// with changes a copy of the manifest.
func (g *guest) with(change func(*abi.Manifest)) *guest {
	document, err := json.Marshal(g.manifest)
	if err != nil {
		panic(err)
	}
	clone := *g
	clone.manifest = abi.Manifest{}
	if err := json.Unmarshal(document, &clone.manifest); err != nil {
		panic(err)
	}
	change(&clone.manifest)
	return &clone
}

// wasm builds the guest.
func (g *guest) wasm() []byte {
	manifest := g.text
	if manifest == "" {
		manifest = string(abi.AppendManifest(nil, &g.manifest))
	}
	i32 := func(n int) []byte { return wasmasm.Types("i32 i32 i32 i32 i32")[:n] }
	m := &wasmbin.Module{
		Memories: []wasmbin.Limits{{Min: 1, Max: 16, HasMax: true}},
		Exports:  []wasmbin.Export{{Name: abi.ExportMemory, Kind: wasmbin.KindMemory}},
		Datas: []wasmbin.Data{
			{Offset: wasmasm.Assemble(fmt.Sprintf("i32.const %d", replyAt)), Bytes: []byte(g.manifest.Version)},
			{Offset: wasmasm.Assemble(fmt.Sprintf("i32.const %d", manifestAt)), Bytes: []byte(manifest)},
		},
	}
	for _, im := range []struct {
		name   string
		params int
	}{{"output_write", 2}, {"kv_put", 5}, {"log", 3}} {
		m.Imports = append(m.Imports, wasmbin.Import{
			Module: abi.Module, Name: im.name, Kind: wasmbin.KindFunc, Type: m.AddType(wasmbin.FuncType{Params: i32(im.params)}),
		})
	}
	add := func(export string, params, results int, code string) {
		index := m.AddFunc(wasmbin.FuncType{Params: i32(params), Results: i32(results)}, wasmbin.Body{Code: wasmasm.Assemble(code)})
		m.Exports = append(m.Exports, wasmbin.Export{Name: export, Kind: wasmbin.KindFunc, Index: index})
	}
	write := func(at, n int) string { return fmt.Sprintf(" i32.const %d i32.const %d call %d ", at, n, outputWrite) }
	add(abi.ExportABI, 0, 1, fmt.Sprintf("i32.const %d", abi.Version))
	add(abi.ExportDescribe, 0, 0, write(manifestAt, len(manifest)))
	add(abi.ExportHandle, 2, 1, g.handle+write(replyAt, len(g.manifest.Version))+"i32.const 0")
	if g.selfTest != "" {
		add(abi.ExportSelfTest, 0, 1, g.selfTest)
	}
	if g.warm != "" {
		add(abi.ExportWarm, 0, 0, g.warm)
	}
	if g.change != nil {
		g.change(m)
	}
	return m.Append(nil)
}

// put is code that stores a value under a key of one byte each.
func put(set int, key, value byte) string {
	return fmt.Sprintf(" i32.const 0 i32.const %d i32.store8 i32.const 1 i32.const %d i32.store8 "+
		"i32.const %d i32.const 0 i32.const 1 i32.const 1 i32.const 1 call %d ", key, value, set, kvPut)
}

// whenAsked is code that runs if the request is longer than a byte.
func whenAsked(code string) string {
	return " local.get 1 i32.const 1 i32.gt_u if " + code + " end "
}

func TestTheGuestsOfTheseTestsAreModules(t *testing.T) {
	for _, g := range []*guest{hello("1.0.0"), named("other", 2001)} {
		if _, err := wasmbin.Decode(g.wasm()); err != nil {
			t.Error(err)
		}
	}
}
