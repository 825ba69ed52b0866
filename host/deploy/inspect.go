package deploy

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmbin"
	"workcell/storage/catalog"
)

// Anatomy is what can be said about a module without running it.
type Anatomy struct {
	Hash         string   `json:"hash"`
	Bytes        int      `json:"bytes"`
	CodeBytes    int      `json:"code_bytes"`
	MeteredBytes int      `json:"metered_code_bytes,omitempty"` // found by Weigh
	DataBytes    int      `json:"data_bytes"`
	Functions    int      `json:"functions"`
	MemoryPages  uint32   `json:"memory_pages"` // at the start, of 64 KiB
	Imports      []string `json:"imports"`
	Exports      []string `json:"exports"`
}

// Examine takes a module apart, without running anything of it. The error is a Refusal if no host that offers these
// functions, with memories of so many pages, would take it; the Anatomy is then as complete as could be.
func Examine(wasm []byte, functions []sandbox.Function, maxPages int) (*Anatomy, error) {
	a := &Anatomy{Hash: catalog.HashOf(wasm), Bytes: len(wasm)}
	if err := checkBytes(wasm); err != nil {
		return a, err
	}
	m, err := wasmbin.Decode(wasm)
	if err != nil {
		hint := "build it again; if it was being copied, copy it under another name and rename it when it is complete"
		if e, ok := errors.AsType[*wasmbin.Error](err); ok && e.Problem == wasmbin.Unsupported {
			hint = "build it for WebAssembly 2.0 without proposals such as threads, exceptions or multiple memories"
		}
		return a, refuse(err, hint, "%v", err)
	}
	a.describe(m)
	for _, check := range []func() error{
		func() error { return checkImports(m, functions) },
		func() error { return checkExports(m) },
		func() error { return checkMemory(m, maxPages) },
		func() error { return checkLasting(m) },
		func() error { return checkNames(m) },
	} {
		if err := check(); err != nil {
			return a, err
		}
	}
	return a, nil
}

// checkBytes looks at what can be told without decoding.
func checkBytes(wasm []byte) error {
	const component = "\x00asm\x0d\x00\x01\x00"
	const howToBuild = "a Go handler is built with GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared"
	switch {
	case len(wasm) == 0:
		return refuse(nil, "copy it again", "the file is empty")
	case len(wasm) > sandbox.MaxModuleBytes:
		return refuse(nil, "leave out debug information (-ldflags=-w), or split it into several handlers",
			"%d bytes are more than the limit of %d", len(wasm), sandbox.MaxModuleBytes)
	case !bytes.HasPrefix(wasm, []byte("\x00asm")):
		return refuse(nil, howToBuild, "it is no WebAssembly: it begins with %.8q", wasm)
	case bytes.HasPrefix(wasm, []byte(component)):
		return refuse(nil, "build it as a core module (for Rust: --target wasm32-wasip1 and crate-type cdylib)", "it is a component, not a module")
	}
	return nil
}

// describe fills in what m shows.
func (a *Anatomy) describe(m *wasmbin.Module) {
	a.Functions, a.CodeBytes, a.DataBytes = len(m.Code), codeBytes(m), 0
	for i := range m.Datas {
		a.DataBytes += len(m.Datas[i].Bytes)
	}
	if len(m.Memories) > 0 {
		a.MemoryPages = m.Memories[0].Min
	}
	for i := range m.Imports {
		a.Imports = append(a.Imports, fmt.Sprintf("%.100s.%.100s", m.Imports[i].Module, m.Imports[i].Name))
	}
	for i := range m.Exports {
		a.Exports = append(a.Exports, fmt.Sprintf("%.100s", m.Exports[i].Name))
	}
	slices.Sort(a.Imports)
	slices.Sort(a.Exports)
}

func codeBytes(m *wasmbin.Module) (n int) {
	for i := range m.Code {
		n += len(m.Code[i].Code)
	}
	return n
}

// Weigh finds how large the code of a module becomes once it pays for what it does.
func (a *Anatomy) Weigh(wasm []byte) error {
	m, err := wasmbin.Decode(wasm)
	if err == nil {
		err = meter.Rewrite(m, meter.Config{})
	}
	if err != nil {
		return refuse(err, "build it with another compiler or another level of optimisation", "%v", err)
	}
	a.MeteredBytes = codeBytes(m)
	return nil
}

func checkNames(m *wasmbin.Module) error {
	if err := meter.CheckNames(m); err != nil {
		return refuse(err, "choose another name: these belong to the host", "%v", err)
	}
	return nil
}

func checkImports(m *wasmbin.Module, functions []sandbox.Function) error {
	var unknown []string
	for i := range m.Imports {
		im := &m.Imports[i]
		if im.Kind != wasmbin.KindFunc {
			continue // see checkLasting
		}
		at := slices.IndexFunc(functions, func(f sandbox.Function) bool { return f.Module == im.Module && f.Name == im.Name })
		if at < 0 {
			unknown = append(unknown, fmt.Sprintf("%.100q", im.Module+"."+im.Name))
			continue
		}
		f := &functions[at]
		if t := m.Types[im.Type]; !bytes.Equal(t.Params, f.Params) || !bytes.Equal(t.Results, f.Results) {
			return refuse(nil, "declare it with the types of the interface", "it imports %s.%s with the type %v -> %v, the host offers %v -> %v",
				im.Module, im.Name, typeNames(t.Params), typeNames(t.Results), typeNames(f.Params), typeNames(f.Results))
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	const most = 10
	more := ""
	if len(unknown) > most {
		more = fmt.Sprintf(" and %d more", len(unknown)-most)
	}
	hint := fmt.Sprintf("build it with the kit of version %d of the interface, or bring this program up to date", abi.Version)
	if strings.HasPrefix(unknown[0], `"env.`) || strings.HasPrefix(unknown[0], `"go.`) || strings.HasPrefix(unknown[0], `"gojs.`) {
		hint = "build it for wasip1 (Go: GOOS=wasip1), not for a browser, and link what it declares"
	}
	return refuse(nil, hint, "it imports %s%s, which this host does not offer", strings.Join(unknown[:min(len(unknown), most)], ", "), more)
}

func typeNames(types []byte) (names []string) {
	for _, t := range types {
		names = append(names, wasmbin.ValueType(t).String())
	}
	return names
}

// required are the functions that a handler must export.
var required = []string{abi.ExportABI, abi.ExportDescribe, abi.ExportHandle}

func checkExports(m *wasmbin.Module) error {
	var missing []string
	for _, name := range required {
		if !m.HasExport(name) {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) > 0 && m.HasExport("_start"):
		return refuse(nil, "build it as a reactor: for Go with -buildmode=c-shared, for C with -mexec-model=reactor, for Rust as a cdylib",
			"it is a program with a main function (_start), not a handler: it does not export %s", strings.Join(missing, ", "))
	case len(missing) > 0:
		return refuse(nil, "export it; in Go call guest.Serve in an init function, and build with -buildmode=c-shared",
			"it does not export %s", strings.Join(missing, ", "))
	case !m.HasExport(abi.ExportMemory):
		return refuse(nil, fmt.Sprintf("export it as %q", abi.ExportMemory), "it does not export its memory")
	}
	return nil
}

func checkMemory(m *wasmbin.Module, maxPages int) error {
	if len(m.Memories) != 1 {
		return refuse(nil, "link it so that it defines and exports one", "it has no memory of its own")
	}
	if first := int(m.Memories[0].Min); first > maxPages {
		return refuse(nil, "make its stack and tables smaller, or raise handler.max_memory_mib",
			"its memory starts with %d pages of 64 KiB, the limit is %d", first, maxPages)
	}
	return nil
}

func checkLasting(m *wasmbin.Module) error {
	if err := m.Lasting(); err != nil {
		return refuse(err, "a call must leave nothing behind for the next: keep what must last in a data set", "%v", err)
	}
	return nil
}
