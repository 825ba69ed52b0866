package sandbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"workcell/host/sandbox/pages"
)

// Config is what an Engine is built with.
type Config struct {
	// Functions are the imports guests may use.
	Functions []Function
	// MemoryPages bounds the memory of an instance, in pages of 64 KiB. Default 1024: 64 MiB.
	MemoryPages uint32
	// Kind is KindCompiler or KindInterpreter; Auto or empty: the compiler where there is one.
	Kind string
	// Reset names the way in which instances return to their image, see package pages; Auto or empty: the best that works
	// here.
	Reset string
	// CacheDir keeps compiled code between starts; empty: it is compiled anew.
	CacheDir string
}

// Auto leaves a choice to the sandbox.
const Auto = "auto"

// The kinds of engine. Both run guests with the same results and fuel.
const (
	KindCompiler    = "compiler"    // machine code: amd64 and arm64
	KindInterpreter = "interpreter" // everywhere, some ten times slower
)

func runtimeConfig(kind string) (wazero.RuntimeConfig, error) {
	switch kind {
	case "", Auto:
		return wazero.NewRuntimeConfig(), nil
	case KindCompiler:
		return wazero.NewRuntimeConfigCompiler(), nil
	case KindInterpreter:
		return wazero.NewRuntimeConfigInterpreter(), nil
	}
	return nil, fmt.Errorf("engine %q is neither %s nor %s", kind, KindCompiler, KindInterpreter)
}

// Engine compiles guests and runs them.
type Engine struct {
	runtime  wazero.Runtime
	plain    func() (wazero.Runtime, error) // makes the runtime without cache, once
	isPlain  atomic.Bool                    // plain was called
	cache    *codeCache                     // nil without CacheDir
	offered  map[string]bool                // "module.name" of every Function
	method   pages.Method
	maxPages int
}

// New returns an Engine. Close it after its last call.
func New(ctx context.Context, cfg Config) (*Engine, error) {
	if cfg.MemoryPages == 0 {
		cfg.MemoryPages = 1024
	}
	rc, err := runtimeConfig(cfg.Kind)
	if err != nil {
		return nil, err
	}
	rc = rc.WithCoreFeatures(api.CoreFeaturesV2).
		WithMemoryLimitPages(cfg.MemoryPages + 1) // see prepared.limitMemory
	e := &Engine{offered: map[string]bool{}, maxPages: int(cfg.MemoryPages)}
	if cfg.Reset == "" || cfg.Reset == Auto {
		e.method = pages.Probe()
	} else if err := e.force(cfg.Reset); err != nil {
		return nil, err
	}
	functions := append([]Function{refuelFunction}, cfg.Functions...)
	plain := rc
	e.plain = sync.OnceValues(func() (wazero.Runtime, error) {
		runtime := wazero.NewRuntimeWithConfig(ctx, plain)
		return runtime, offer(ctx, runtime, functions)
	})
	if cfg.CacheDir != "" {
		if e.cache, err = openCache(cfg.CacheDir); err != nil {
			return nil, err
		}
		rc = rc.WithCompilationCache(e.cache.CompilationCache)
	}
	e.runtime = wazero.NewRuntimeWithConfig(ctx, rc)
	for _, f := range functions {
		e.offered[f.Module+"."+f.Name] = true
	}
	if err := offer(ctx, e.runtime, functions); err != nil {
		return nil, fmt.Errorf("offer host functions: %w", err)
	}
	return e, nil
}

// force makes instances return to their image in the named way.
func (e *Engine) force(name string) error {
	method, err := pages.ParseMethod(name)
	if err != nil {
		return err
	}
	if err := pages.Try(method); err != nil {
		return fmt.Errorf("reset instances by %s: %w", name, err)
	}
	e.method = method
	return nil
}

// ResetMethod names the way in which instances return to their image.
func (e *Engine) ResetMethod() string { return e.method.String() }

// How a module is compiled: the engine looks at the deadline between functions, each of which meter.MaxBlocks bounds, and
// only if there is more than one worker.
const (
	compileDeadline = 60 * time.Second
	compileWorkers  = 2
)

var errCompileDeadline = fmt.Errorf("it takes longer than %s to compile", compileDeadline)

// compile compiles a module, with the help of the cache if there is one. A cache that does not work, be it for want of
// space, is no reason to refuse a handler: the module is compiled without it.
func (e *Engine) compile(ctx context.Context, wasm []byte) (wazero.Runtime, wazero.CompiledModule, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, compileDeadline, errCompileDeadline)
	defer cancel()
	ctx = experimental.WithCompilationWorkers(ctx, compileWorkers)
	compiled, err := e.runtime.CompileModule(ctx, wasm)
	if e.cache == nil {
		return e.runtime, compiled, err
	}
	if err == nil {
		e.cache.seal()
		return e.runtime, compiled, nil
	}
	e.isPlain.Store(true)
	runtime, plainErr := e.plain()
	if plainErr != nil {
		return nil, nil, plainErr
	}
	compiled, err = runtime.CompileModule(ctx, wasm)
	return runtime, compiled, err
}

// Close releases all modules. No call may run.
func (e *Engine) Close(ctx context.Context) error {
	err := e.runtime.Close(ctx)
	if e.isPlain.Load() {
		plain, plainErr := e.plain()
		err = errors.Join(err, plainErr, plain.Close(ctx))
	}
	if e.cache != nil {
		err = errors.Join(err, e.cache.Close(ctx))
	}
	return err
}
