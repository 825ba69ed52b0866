package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"workcell/abi"
	"workcell/host/sandbox/pages"
	"workcell/storage/key"
)

// MaxModuleBytes is the largest .wasm file that is loaded.
const MaxModuleBytes = 64 << 20

// ErrModule is the error of every .wasm file that cannot be a handler. Its text says why and what to do.
var ErrModule = errors.New("not a usable handler")

// Module is one version of a handler, compiled. Immutable, safe for concurrent use.
type Module struct {
	engine   *Engine
	runtime  wazero.Runtime // it was compiled by
	prepared *prepared
	compiled wazero.CompiledModule
	image    *image
	hash     [sha256.Size]byte
	manifest *abi.Manifest
	maxPages int // largest memory of an instance
	dataSets []dataSet
	events   map[uint32]map[uint32]bool // route, payload field
}

// Load compiles a .wasm file and asks it for its manifest. It borrows wasm until return. An error wraps ErrModule if the
// file is at fault.
func (e *Engine) Load(ctx context.Context, wasm []byte) (*Module, error) {
	m, err := e.Compile(ctx, wasm)
	if err != nil {
		return nil, err
	}
	if err := m.Open(ctx); err != nil {
		return nil, errors.Join(err, m.Close(ctx))
	}
	return m, nil
}

// Compile is the first half of Load: the module is good for Open and Close alone. Until Open it is a view of wasm.
func (e *Engine) Compile(ctx context.Context, wasm []byte) (*Module, error) {
	if len(wasm) > MaxModuleBytes {
		return nil, fmt.Errorf("%w: %d bytes are more than the limit of %d", ErrModule, len(wasm), MaxModuleBytes)
	}
	prepared, err := prepare(wasm, e.maxPages)
	if err != nil {
		return nil, err
	}
	runtime, compiled, err := e.compile(ctx, prepared.wasm)
	if err != nil {
		return nil, fmt.Errorf("%w: it does not compile: %w", ErrModule, err)
	}
	prepared.wasm = nil // the compiled form is all that is needed from here on
	m := &Module{engine: e, runtime: runtime, prepared: prepared, compiled: compiled, hash: sha256.Sum256(wasm), maxPages: prepared.maxPages}
	if err := errors.Join(m.checkImports(), m.checkExports()); err != nil {
		return nil, errors.Join(err, m.Close(ctx))
	}
	return m, nil
}

// Open is the second half of Load: it takes the module's image, and reads its manifest. After an error only Close is left.
func (m *Module) Open(ctx context.Context) error {
	defer func() { m.prepared.data = nil }() // it is in the image
	return m.open(ctx)
}

// open takes the module's image and reads its manifest.
func (m *Module) open(ctx context.Context) error {
	var document []byte
	var err error
	if m.image, document, err = m.takeImage(ctx); err != nil {
		return err
	}
	if m.manifest, err = parseManifest(document); err != nil {
		return fmt.Errorf("%w: its manifest: %.4096s", ErrModule, err)
	}
	if wish := int(m.manifest.MemoryPages); wish > 0 {
		m.maxPages = max(min(m.maxPages, wish), m.image.memory.Size()/pages.PageBytes)
	}
	m.events = make(map[uint32]map[uint32]bool, len(m.manifest.Routes))
	for _, route := range m.manifest.Routes {
		m.events[route.ID] = make(map[uint32]bool, len(route.Events))
		for _, event := range route.Events {
			m.events[route.ID][event] = true
		}
	}
	for _, set := range m.manifest.DataSets {
		m.dataSets = append(m.dataSets, dataSet{
			prefix: key.AppendDataSet(nil, set.Name),
			end:    key.AppendEnd(nil, key.AppendDataSet(nil, set.Name)),
			write:  set.Access == abi.AccessWrite,
		})
	}
	return nil
}

// checkImports refuses a module that asks for something the host does not offer.
func (m *Module) checkImports() error {
	var unknown []string
	for _, f := range m.compiled.ImportedFunctions() {
		module, name, _ := f.Import()
		if !m.engine.offered[module+"."+name] {
			unknown = append(unknown, fmt.Sprintf("%.200q", module+"."+name))
		}
	}
	if len(unknown) > 0 {
		return fmt.Errorf("%w: it imports %s, which version %d of the interface does not have: build it for this version",
			ErrModule, strings.Join(unknown[:min(len(unknown), 20)], ", "), abi.Version)
	}
	return nil
}

// exported are the functions a handler must, or may, export.
var exported = []struct {
	name            string
	required        bool
	params, results []ValueType
}{
	{abi.ExportABI, true, nil, []ValueType{I32}},
	{abi.ExportDescribe, true, nil, nil},
	{abi.ExportHandle, true, []ValueType{I32, I32}, []ValueType{I32}},
	{abi.ExportInitialize, false, nil, nil},
	{abi.ExportWarm, false, nil, nil},
	{abi.ExportSelfTest, false, nil, []ValueType{I32}},
}

func (m *Module) checkExports() error {
	functions := m.compiled.ExportedFunctions()
	for _, want := range exported {
		f, ok := functions[want.name]
		if !ok {
			if want.required {
				return fmt.Errorf("%w: it does not export the function %s", ErrModule, want.name)
			}
			continue
		}
		if string(f.ParamTypes()) != string(want.params) || string(f.ResultTypes()) != string(want.results) {
			return fmt.Errorf("%w: %s has the type %s, want %s", ErrModule, want.name,
				signature(f.ParamTypes(), f.ResultTypes()), signature(want.params, want.results))
		}
	}
	if _, ok := m.compiled.ExportedMemories()[abi.ExportMemory]; !ok {
		return fmt.Errorf("%w: it does not export its memory as %q", ErrModule, abi.ExportMemory)
	}
	return nil
}

func signature(params, results []ValueType) string {
	list := func(types []ValueType) string {
		var names []string
		for _, t := range types {
			names = append(names, api.ValueTypeName(t))
		}
		return "(" + strings.Join(names, ", ") + ")"
	}
	return list(params) + " -> " + list(results)
}

// limit lowers the limits of a call to what the manifest asks for.
func (m *Module) limit(l Limits) Limits {
	if wish := int(m.manifest.ReplyBytes); wish > 0 {
		l.ReplyBytes = min(l.ReplyBytes, wish)
	}
	return l
}

// Manifest returns what the module says about itself. The caller must not change it.
func (m *Module) Manifest() *abi.Manifest { return m.manifest }

// Emits reports whether the manifest allows a route to emit an event.
func (m *Module) Emits(route, event uint32) bool { return m.events[route][event] }

// Hash returns the module's identity: the SHA-256 of its file, in hexadecimal.
func (m *Module) Hash() string { return hex.EncodeToString(m.hash[:]) }

// Close releases the compiled code and the image. No call may run.
func (m *Module) Close(ctx context.Context) error {
	err := m.compiled.Close(ctx)
	if m.image != nil {
		err = errors.Join(err, m.image.memory.Close())
	}
	return err
}
