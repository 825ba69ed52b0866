package spec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// player plays one script. One goroutine at a time.
type player struct {
	ctx       context.Context // resolves imports from registered
	dir       string
	runtime   wazero.Runtime
	transform Transform

	latest     api.Module            // of the last module command; nil if that failed
	named      map[string]api.Module // by command.Name
	registered map[string]api.Module // by command.As
}

// newPlayer returns a player with a fresh runtime. Close it.
func newPlayer(ctx context.Context, dir string, rc wazero.RuntimeConfig, transform Transform, hooks Hooks) (*player, error) {
	p := &player{dir: dir, transform: transform, named: map[string]api.Module{}, registered: map[string]api.Module{}}
	p.ctx = experimental.WithImportResolver(ctx, func(name string) api.Module { return p.registered[name] })
	p.runtime = wazero.NewRuntimeWithConfig(ctx, rc)
	err := installSpectest(p.ctx, p.runtime)
	if err == nil && hooks.Install != nil {
		err = hooks.Install(p.ctx, p.runtime)
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *player) close() error { return p.runtime.Close(p.ctx) }

// play runs a command and returns how the outcome differs from what the suite expects, or nil.
func (p *player) play(c *command) error {
	switch c.Type {
	case "module":
		return p.module(c)
	case "register":
		return p.register(c)
	case "action", "assert_return":
		results, err := p.act(&c.Action)
		if err != nil {
			return err
		}
		return match(results, c.Expected)
	case "assert_trap", "assert_exhaustion":
		_, err := p.act(&c.Action)
		return failedFor(err, c.Text)
	case "assert_malformed", "assert_invalid":
		return p.refused(c)
	case "assert_unlinkable", "assert_uninstantiable":
		compiled, err := p.compile(c)
		if err != nil {
			return err
		}
		_, err = p.instantiate(compiled)
		return failedFor(err, c.Text)
	}
	return fmt.Errorf("unknown command %q", c.Type)
}

func (p *player) module(c *command) error {
	p.latest = nil
	delete(p.named, c.Name)
	compiled, err := p.compile(c)
	if err != nil {
		return err
	}
	m, err := p.instantiate(compiled)
	if err != nil {
		return err
	}
	p.latest = m
	if c.Name != "" {
		p.named[c.Name] = m
	}
	return nil
}

func (p *player) register(c *command) error {
	m, err := p.find(c.Name)
	if err != nil {
		return err
	}
	p.registered[c.As] = m
	return nil
}

// refused expects a module to be refused before it runs, by the Transform or by the engine.
func (p *player) refused(c *command) error {
	if compiled, err := p.compile(c); err == nil {
		return errors.Join(fmt.Errorf("was accepted: %s", c.Text), compiled.Close(p.ctx))
	} else if errors.Is(err, errUnreadable) {
		return err
	}
	return nil
}

// errUnreadable marks a failure to read the suite, which is nobody's refusal.
var errUnreadable = errors.New("unreadable")

// compile reads, transforms and compiles the module of a command.
func (p *player) compile(c *command) (wazero.CompiledModule, error) {
	wasm, err := os.ReadFile(filepath.Join(p.dir, c.Filename))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	if p.transform != nil {
		if wasm, err = p.transform(wasm); err != nil {
			return nil, fmt.Errorf("transform: %w", err)
		}
	}
	return p.runtime.CompileModule(p.ctx, wasm)
}

// instantiate gives no name: modules are found through registered alone.
func (p *player) instantiate(compiled wazero.CompiledModule) (api.Module, error) {
	return p.runtime.InstantiateModule(p.ctx, compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions())
}

// find returns a module by its name in the script, or the latest one.
func (p *player) find(name string) (api.Module, error) {
	m := p.latest
	if name != "" {
		m = p.named[name]
	}
	if m == nil {
		return nil, fmt.Errorf("no module %q", name)
	}
	return m, nil
}

// act carries out an action and returns its results in 64 bit words.
func (p *player) act(a *action) ([]uint64, error) {
	m, err := p.find(a.Module)
	if err != nil {
		return nil, err
	}
	switch a.Type {
	case "invoke":
		f := m.ExportedFunction(a.Field)
		if f == nil {
			return nil, fmt.Errorf("no function %q", a.Field)
		}
		args, err := encode(a.Args)
		if err != nil {
			return nil, err
		}
		return f.Call(p.ctx, args...)
	case "get":
		g := m.ExportedGlobal(a.Field)
		if g == nil {
			return nil, fmt.Errorf("no global %q", a.Field)
		}
		return []uint64{g.Get()}, nil
	}
	return nil, fmt.Errorf("unknown action %q", a.Type)
}
