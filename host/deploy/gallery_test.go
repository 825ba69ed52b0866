package deploy_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"workcell/abi"
	"workcell/host/deploy"
	"workcell/host/sandbox"
	"workcell/host/sandbox/wasmasm"
	"workcell/host/sandbox/wasmbin"
	"workcell/storage/catalog"
)

// changed is a good module with a change to its parts.
func changed(change func(*wasmbin.Module)) []byte {
	g := *hello("2.0.0")
	g.change = change
	return g.wasm()
}

// declaring is a good module with a change to its manifest.
func declaring(change func(*abi.Manifest)) []byte { return hello("2.0.0").with(change).wasm() }

// importing is a good module that imports a function more, and does not call it.
func importing(module, name string) []byte {
	return changed(func(m *wasmbin.Module) {
		for i := range m.Exports { // functions move by one
			if m.Exports[i].Kind == wasmbin.KindFunc {
				m.Exports[i].Index++
			}
		}
		m.Imports = append(m.Imports, wasmbin.Import{Module: module, Name: name, Kind: wasmbin.KindFunc, Type: m.AddType(wasmbin.FuncType{})})
	})
}

// renamed is a good module that exports something under another name.
func renamed(from, to string) []byte {
	return changed(func(m *wasmbin.Module) {
		for i := range m.Exports {
			if m.Exports[i].Name == from {
				m.Exports[i].Name = to
			}
		}
	})
}

// coded is a good module with other code in an exported function.
func coded(export, code string) []byte {
	return changed(func(m *wasmbin.Module) {
		for _, e := range m.Exports {
			if e.Name == export {
				m.Code[e.Index-m.Imported(wasmbin.KindFunc)].Code = wasmasm.Assemble(code)
			}
		}
	})
}

// Whatever is wrong with a module, it is refused with what is wrong and what to do about it, and the running version goes on.
func TestBadModulesAreRefusedWithWhatToDo(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}, keep: 100})
	w.push(named("owner", 2100))
	good := hello("2.0.0").wasm()
	selfTesting := func(code string) []byte {
		g := *hello("2.0.0")
		g.selfTest = code
		return g.wasm()
	}
	for _, test := range []struct {
		name    string
		request deploy.Request
		problem string
		hint    string
	}{
		{"an empty file", deploy.Request{Wasm: []byte{}}, "empty", "copy it again"},
		{"a file that is too large", deploy.Request{Wasm: append([]byte("\x00asm\x01\x00\x00\x00"), make([]byte, sandbox.MaxModuleBytes)...)}, "limit", "-ldflags=-w"},
		{"a program for the machine", deploy.Request{Wasm: []byte("\x7fELF\x02\x01\x01")}, "no WebAssembly", "GOOS=wasip1"},
		{"the text form", deploy.Request{Wasm: []byte("(module)")}, "no WebAssembly", "GOOS=wasip1"},
		{"a component", deploy.Request{Wasm: []byte("\x00asm\x0d\x00\x01\x00rest")}, "component", "wasm32-wasip1"},
		{"another version of WebAssembly", deploy.Request{Wasm: append([]byte("\x00asm\x02\x00\x00\x00"), good[8:]...)}, "malformed", "build it again"},
		{"half a module", deploy.Request{Wasm: good[:len(good)/2]}, "malformed", "rename it when it is complete"},
		{"a module with its last byte missing", deploy.Request{Wasm: good[:len(good)-1]}, "malformed", "copied"},
		{"a module with a byte too many", deploy.Request{Wasm: append(bytes.Clone(good), 1)}, "malformed", "build it again"},
		{"another file than was meant", deploy.Request{Wasm: good, Hash: strings.Repeat("ab", 32)}, "SHA-256", "another file"},

		{"an import of a browser", deploy.Request{Wasm: importing("env", "abort")}, "env.abort", "wasip1"},
		{"an import that does not exist", deploy.Request{Wasm: importing(abi.Module, "kv_steal")}, "workcell.kv_steal", "version 1 of the interface"},
		{"a file system", deploy.Request{Wasm: importing("wasi_snapshot_preview1", "sock_accept")}, "sock_accept", "interface"},
		{"an import with another type", deploy.Request{Wasm: importing(abi.Module, "now_ms")}, "now_ms", "types of the interface"},
		{"no version of the interface", deploy.Request{Wasm: renamed(abi.ExportABI, "x")}, abi.ExportABI, "guest.Serve"},
		{"no description", deploy.Request{Wasm: renamed(abi.ExportDescribe, "x")}, abi.ExportDescribe, "guest.Serve"},
		{"no function for messages", deploy.Request{Wasm: renamed(abi.ExportHandle, "x")}, abi.ExportHandle, "guest.Serve"},
		{"a program with a main function", deploy.Request{Wasm: renamed(abi.ExportHandle, "_start")}, "_start", "-buildmode=c-shared"},
		{"memory that is not exported", deploy.Request{Wasm: renamed(abi.ExportMemory, "x")}, "memory", "export it"},
		{"no memory", deploy.Request{Wasm: changed(func(m *wasmbin.Module) { m.Memories, m.Datas, m.Exports = nil, nil, m.Exports[1:] })}, "memory", "export"},
		{"more memory than there may be", deploy.Request{Wasm: changed(func(m *wasmbin.Module) { m.Memories[0] = wasmbin.Limits{Min: 1025} })}, "1025 pages", "handler.max_memory_mib"},
		{
			"a table that calls change",
			deploy.Request{Wasm: changed(func(m *wasmbin.Module) {
				m.Tables = []wasmbin.Table{{Elem: wasmbin.FuncRef, Limits: wasmbin.Limits{Min: 1}}}
				m.AddFunc(wasmbin.FuncType{}, wasmbin.Body{Code: wasmasm.Assemble("i32.const 0 ref.null table.set 0")})
			})},
			"table.set", "data set",
		},
		{
			"a global that cannot be restored",
			deploy.Request{Wasm: changed(func(m *wasmbin.Module) {
				m.AddGlobal(wasmbin.Global{GlobalType: wasmbin.GlobalType{Type: wasmbin.FuncRef, Mutable: true}, Init: wasmasm.Assemble("ref.null")})
			})},
			"mutable global", "data set",
		},
		{
			"a name that belongs to the host",
			deploy.Request{Wasm: changed(func(m *wasmbin.Module) {
				m.Exports = append(m.Exports, wasmbin.Export{Name: "workcell.fuel", Kind: wasmbin.KindMemory})
			})},
			"workcell.", "another name",
		},
		{"a function for messages with another type", deploy.Request{Wasm: changed(func(m *wasmbin.Module) {
			for i := range m.Exports {
				if m.Exports[i].Name == abi.ExportHandle {
					m.Exports[i].Index = m.Imported(wasmbin.KindFunc) // that of the version
				}
			}
		})}, "want (i32, i32) -> (i32)", "types of the interface"},
		{"code that does not validate", deploy.Request{Wasm: coded(abi.ExportABI, "drop")}, "does not compile", "compiler"},

		{"another version of the interface", deploy.Request{Wasm: coded(abi.ExportABI, "i32.const 2")}, "version 2", "handler verify"},
		{"a start that traps", deploy.Request{Wasm: coded(abi.ExportDescribe, "unreachable")}, "unreachable", "handler verify"},
		{"no manifest", deploy.Request{Wasm: coded(abi.ExportDescribe, "nop")}, "JSON", "handler verify"},
		{"a manifest without routes", deploy.Request{Wasm: declaring(func(m *abi.Manifest) { m.Routes = nil })}, "no route", "handler verify"},
		{"a manifest with a bad name", deploy.Request{Wasm: declaring(func(m *abi.Manifest) { m.Name = "Hello World" })}, "Hello World", "handler verify"},

		{"a route that nobody can call by its name", deploy.Request{Wasm: declaring(func(m *abi.Manifest) { m.Routes[0].Name = "Hello World" })}, "a-z 0-9 . _ - /", "handler verify"},
		{"a route without a name", deploy.Request{Wasm: declaring(func(m *abi.Manifest) { m.Routes[0].Name = "" })}, "a-z 0-9 . _ - /", "handler verify"},
		{"a route whose name is too long", deploy.Request{Wasm: declaring(func(m *abi.Manifest) { m.Routes[0].Name = strings.Repeat("a", 129) })}, "a-z 0-9 . _ - /", "handler verify"},
		{
			"two routes of one name",
			deploy.Request{Wasm: declaring(func(m *abi.Manifest) {
				m.Routes = append(m.Routes, abi.Route{ID: 2001, Name: "hello", Kind: abi.KindRead, Reply: 1001})
			})},
			`2000 and 2001 are both called "hello"`, "handler verify",
		},
		{"a custom route with a reply of the protocol", deploy.Request{Wasm: declaring(func(m *abi.Manifest) { m.Routes[0].Reply = 40 })}, "replies in payload field 40", "handler verify"},
		{"a custom route that replies with a request", deploy.Request{Wasm: declaring(func(m *abi.Manifest) { m.Routes[0].Reply = 1000 })}, "replies in payload field 1000", "handler verify"},
		{"a route of the protocol with a custom reply", deploy.Request{Wasm: declaring(func(m *abi.Manifest) {
			m.Routes[0] = abi.Route{ID: 30, Name: "CreateWorkItem", Kind: abi.KindWrite, Reply: 1001}
		})}, "replies in payload field 1001", "handler verify"},
		{"a custom event that is a reply", deploy.Request{Wasm: declaring(func(m *abi.Manifest) { m.Routes[0].Events = []uint32{1001} })}, "emits payload field 1001", "handler verify"},
		{"a route of the protocol with a custom event", deploy.Request{Wasm: declaring(func(m *abi.Manifest) {
			m.Routes[0] = abi.Route{ID: 30, Name: "CreateWorkItem", Kind: abi.KindWrite, Reply: 40, Events: []uint32{1002}}
		})}, "emits payload field 1002", "handler verify"},

		{"a self test that fails", deploy.Request{Wasm: selfTesting("i32.const 3")}, "returned 3", "handler verify"},
		{"a self test that traps", deploy.Request{Wasm: selfTesting("unreachable")}, "unreachable", "handler verify"},
		{"a self test that writes", deploy.Request{Wasm: selfTesting(put(0, 'k', 'v') + "i32.const 0")}, "wrong_phase", "handler verify"},
		{"a built-in route", deploy.Request{Wasm: declaring(func(m *abi.Manifest) { m.Name = "thief" })}, "route 2000 (hello) of the built-in handler hello", "--take-over"},
		{"another handler's route", deploy.Request{Wasm: named("thief", 2100).wasm()}, "belongs to the handler owner 1.0.0", "handler rm owner"},
		{
			"records that it does not understand",
			deploy.Request{Wasm: declaring(func(m *abi.Manifest) { m.DataSets[0].Reads, m.DataSets[0].Writes = []uint32{2}, 2 })},
			"records of version 1", "teach it",
		},

		{"a trial of no calls", deploy.Request{Wasm: good, Trial: &catalog.Trial{Percent: 10}}, "0 calls", "choose"},
		{"a trial of all calls", deploy.Request{Wasm: good, Trial: &catalog.Trial{Percent: 100, Calls: 1}}, "100 percent", "choose"},
		{"a trial of a new handler", deploy.Request{Wasm: named("new", 2200).wasm(), Trial: &catalog.Trial{Percent: 10, Calls: 1}}, "no version of the handler new", "without a trial"},
		{
			"a trial with another kind of route",
			deploy.Request{Wasm: declaring(func(m *abi.Manifest) { m.Routes[0].Kind, m.Routes[0].Events = abi.KindRead, nil }), Trial: &catalog.Trial{Shadow: true, Calls: 1}},
			"another kind", "without a trial",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := w.machine.Push(t.Context(), test.request, nil)
			var refusal *deploy.Refusal
			if !errors.As(err, &refusal) || !strings.Contains(err.Error(), test.problem) || !strings.Contains(refusal.Hint, test.hint) {
				t.Errorf("pushed with %v, want %q and the hint %q", err, test.problem, test.hint)
			}
			if err != nil && len(err.Error()) > 16<<10 {
				t.Errorf("refused in %d bytes", len(err.Error()))
			}
			if _, tried := w.machine.Verify(t.Context(), test.request); test.request.Trial == nil && fmt.Sprint(tried) != fmt.Sprint(err) {
				t.Errorf("verified with %v, and pushed with %v", tried, err)
			}
			if got := w.call(2000, ""); got != "1.0.0" {
				t.Errorf("the running version replies %q", got)
			}
			if got := w.call(2100, ""); got != "1.0.0" {
				t.Errorf("the other running version replies %q", got)
			}
		})
	}
	w.push(hello("2.0.0")) // the machine is none the worse for it
}
