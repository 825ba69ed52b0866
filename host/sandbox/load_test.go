package sandbox_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"workcell/abi"
	"workcell/host/sandbox"
)

func TestTheSmallestHandlerLoads(t *testing.T) {
	m := load(t, newEngine(t), tiny(i32(0)).bytes())
	if got := m.Manifest(); got.Name != "tiny" || len(got.Routes) != 1 || got.Routes[0].ID != 2000 {
		t.Errorf("manifest %+v", got)
	}
	if !m.Emits(2000, 1002) || m.Emits(2000, 1001) || m.Emits(2001, 1002) {
		t.Error("the events of the manifest are not those that may be emitted")
	}
	if len(m.Hash()) != 64 {
		t.Errorf("hash %q", m.Hash())
	}
}

// Whatever is wrong with a file, loading it is an ErrModule that says what.
func TestFilesThatAreNoHandlers(t *testing.T) {
	good := tiny(i32(0)).bytes()
	result := []sandbox.ValueType{sandbox.I32}
	drop := func(export string) []byte {
		return tiny(i32(0)).with(export, func(f *wasmFunction) { f.export = "other" }).bytes()
	}
	describe := func(code []byte, imports ...wasmImport) []byte {
		return tiny(i32(0), imports...).with(abi.ExportDescribe, func(f *wasmFunction) { f.code = code }).bytes()
	}
	manifest := func(text string) []byte { return tiny(i32(0)).manifest("%s", text).bytes() }
	change := func(old, replacement string) []byte {
		return manifest(strings.Replace(tinyManifest, old, replacement, 1))
	}
	nowMS := wasmImport{module: abi.Module, name: "now_ms", results: []sandbox.ValueType{sandbox.I64}}
	extra := func(f wasmFunction) []byte {
		w := tiny(i32(0))
		w.functions = append(w.functions, f)
		return w.bytes()
	}
	starting := func(code []byte) []byte {
		w := tiny(i32(0))
		w.functions = append(w.functions, wasmFunction{code: code})
		w.start = 4
		return w.bytes()
	}
	hidden, none, huge := tiny(i32(0)), tiny(i32(0)), tiny(i32(0))
	foreign := tiny(i32(0), wasmImport{module: abi.Module, name: "memory", memory: true})
	foreign.pages = 0
	hidden.hideMemory, huge.pages = true, 1025
	none.pages, none.data = 0, ""

	tests := []struct {
		name string
		wasm []byte
		want string // in the error
	}{
		{"nothing", nil, "malformed wasm"},
		{"no WebAssembly", []byte("#!/bin/sh"), "malformed wasm"},
		{"another version of WebAssembly", append([]byte("\x00asm\x02"), good[5:]...), "malformed wasm"},
		{"half a module", good[:len(good)/2], "malformed wasm"},
		{"a module with its last byte missing", good[:len(good)-1], "malformed wasm"},
		{"a module with a byte too many", append(append([]byte{}, good...), 1), "malformed wasm"},
		{"code that does not validate", tiny(code(opDrop)).bytes(), "does not compile"},
		{"a file that is too large", make([]byte, sandbox.MaxModuleBytes+1), "limit"},
		{"more memory than there is", huge.bytes(), "memory starts with"},

		{"no version", drop(abi.ExportABI), abi.ExportABI},
		{"no description", drop(abi.ExportDescribe), abi.ExportDescribe},
		{"no function for messages", drop(abi.ExportHandle), abi.ExportHandle},
		{"no memory", none.bytes(), "memory"},
		{"memory that is not exported", hidden.bytes(), "memory"},
		{
			"a function for messages with another type",
			tiny(i32(0)).with(abi.ExportHandle, func(f *wasmFunction) { f.params = f.params[:1] }).bytes(), "(i32) -> (i32), want (i32, i32) -> (i32)",
		},
		{
			"a version with another type",
			tiny(i32(0)).with(abi.ExportABI, func(f *wasmFunction) { f.results, f.code = nil, nil }).bytes(), abi.ExportABI,
		},
		{
			"a description with a result",
			tiny(i32(0)).with(abi.ExportDescribe, func(f *wasmFunction) { f.results, f.code = result, i32(0) }).bytes(), abi.ExportDescribe,
		},
		{"an optional function with another type", extra(wasmFunction{export: abi.ExportSelfTest}), abi.ExportSelfTest},
		{
			"an unknown function", tiny(i32(0), wasmImport{module: abi.Module, name: "kv_steal"}).bytes(),
			"workcell.kv_steal",
		},
		{"an unknown module", tiny(i32(0), wasmImport{module: "env", name: "abort"}).bytes(), "env.abort"},
		{"an import with another type", tiny(i32(0), wasmImport{module: abi.Module, name: "now_ms"}).bytes(), "now_ms"},
		{"memory from outside", foreign.bytes(), "imports a memory"},

		{
			"another version of the interface",
			tiny(i32(0)).with(abi.ExportABI, func(f *wasmFunction) { f.code = i32(2) }).bytes(), "version 2",
		},
		{"no manifest", describe(nil), "JSON"},
		{"a manifest that is no JSON", manifest("abi = 1"), "JSON"},
		{"half a manifest", manifest(tinyManifest[:40]), "JSON"},
		{"events of a read route", change(`"kind":"write"`, `"kind":"read"`), "cannot have events"},
		{"two manifests", manifest(tinyManifest + tinyManifest), "more than one"},
		{"an unknown member", change(`"version"`, `"wishes":1,"version"`), "wishes"},
		{"another version in the manifest", change(`"abi":1`, `"abi":2`), "abi is 2"},
		{"a name with spaces", change(`"tiny"`, `"a b"`), "a b"},
		{"no name", change(`"tiny"`, `""`), "name"},
		{"no version of its own", change(`"version":"1"`, `"version":""`), "version is missing"},
		{"a data set twice", change(`"write"}]`, `"write"},{"name":"tiny","access":"read"}]`), "declared twice"},
		{"a data set with a zero byte", change(`[{"name":"tiny"`, `[{"name":"ti\u0000ny"`), "data set"},
		{"an unknown access", change(`"access":"write"`, `"access":"own"`), "neither read nor write"},
		{"a record version that is no byte", change(`"access":"write"`, `"access":"write","writes":256`), "record version 256"},
		{"record version 0", change(`"access":"write"`, `"access":"write","reads":[1,0]`), "begin with 1"},
		{"records written to what is only read", change(`"access":"write"`, `"access":"read","writes":2`), "leave out writes"},
		{"no route", change(tinyManifest[strings.Index(tinyManifest, `"routes"`):], `"routes":[]}`), "no route"},
		{"a route twice", change(`"routes":[`, `"routes":[{"id":2000,"name":"a","kind":"read"},`), "route 2000 is declared twice"},
		{"a route without a name", change(`"name":"tiny","kind"`, `"name":"","kind"`), "needs a name"},
		{"a route of an unknown kind", change(`"kind":"write"`, `"kind":"admin"`), "admin"},
		{"a route that claims the envelope", change(`"id":2000`, `"id":2`), "route 2 "},
		{"a route between the ranges", change(`"id":2000`, `"id":1000`), "route 1000"},
		{"an internal route that nobody calls", change(`"id":2000,"name":"tiny","kind":"write"`, `"id":7,"name":"tiny","kind":"internal"`), "route 7"},
		{"an event that the envelope does not have", change(`1002`, `1010`), "1010"},
		{"a reply that the envelope does not have", change(`1001`, `5`), "field 5"},

		{"a description that traps", describe(code(opUnreachable)), "unreachable"},
		{"a description that recurses", describe(code(opCall, 2)), "stack overflow"},
		{
			"a description without end",
			describe(code(opLoop, blockVoid, i32(0), i32(1<<15), opCall, 0, opBranch, 0, opEnd)), string(sandbox.ReasonReplyBytes),
		},
		{"a description from outside the memory", describe(code(i32(1<<16), i32(1), opCall, 0)), string(sandbox.ReasonPointer)},
		{"a description that asks for the time", describe(code(opCall, 1, opDrop), nowMS), string(sandbox.ReasonPhase)},
		{"a start that traps", starting(code(opUnreachable)), "unreachable"},
		{"a start that writes a reply", starting(code(i32(0), i32(1), opCall, 0)), string(sandbox.ReasonPhase)},
		{"an initialisation that traps", extra(wasmFunction{export: abi.ExportInitialize, code: code(opUnreachable)}), "unreachable"},
	}
	e := newEngine(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := e.Load(t.Context(), test.wasm)
			if m != nil || !errors.Is(err, sandbox.ErrModule) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("loads with %v, want an ErrModule with %q", err, test.want)
			}
		})
	}
	load(t, e, good) // the engine is none the worse for it
}

func TestAModuleThatSpinsWhileItIsLoadedIsStopped(t *testing.T) {
	e := newEngine(t)
	initialising, starting := tiny(i32(0)), tiny(i32(0))
	initialising.functions = append(initialising.functions, wasmFunction{export: abi.ExportInitialize, code: spin})
	starting.functions = append(starting.functions, wasmFunction{code: spin})
	starting.start = 4
	for name, w := range map[string]*wasm{
		"initialise": initialising,
		"start":      starting,
		"describe":   tiny(i32(0)).with(abi.ExportDescribe, func(f *wasmFunction) { f.code = spin }),
		"version":    tiny(i32(0)).with(abi.ExportABI, func(f *wasmFunction) { f.code = code(spin, i32(1)) }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if _, err := e.Load(ctx, w.bytes()); !errors.Is(err, sandbox.ErrModule) || !strings.Contains(err.Error(), "timed_out") {
				t.Errorf("loads with %v, want a timeout", err)
			}
		})
	}
}

func TestWhatAGuestSaidOfItsFailureIsInTheError(t *testing.T) {
	fdWrite := wasmImport{
		module: "wasi_snapshot_preview1", name: "fd_write",
		params: []sandbox.ValueType{sandbox.I32, sandbox.I32, sandbox.I32, sandbox.I32}, results: []sandbox.ValueType{sandbox.I32},
	}
	w := tiny(i32(0), fdWrite)
	w.data = "\x08\x10\x00\x00\x0c\x00\x00\x00no good luck" // a vector, and the 12 bytes behind it
	w.with(abi.ExportDescribe, func(f *wasmFunction) {
		f.code = code(i32(2), i32(dataAt), i32(1), i32(0), opCall, 1, opDrop, opUnreachable)
	})
	if _, err := newEngine(t).Load(t.Context(), w.bytes()); err == nil || !strings.Contains(err.Error(), "guest: no good luck") {
		t.Errorf("loads with %v", err)
	}
}
