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
	source    string // of the script
	runtime   wazero.Runtime
	transform Transform
	hooks     Hooks

	latest     api.Module            // of the last module command; nil if that failed
	named      map[string]api.Module // by command.Name
	registered map[string]api.Module // by command.As
}

// newPlayer returns a player with a fresh runtime. Close it.
func newPlayer(ctx context.Context, dir, source string, rc wazero.RuntimeConfig, transform Transform, hooks Hooks) (*player, error) {
	p := &player{
		dir: dir, source: source, transform: transform, hooks: hooks,
		named: map[string]api.Module{}, registered: map[string]api.Module{},
	}
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
	case "action":
		_, err := p.act(c)
		return err
	case "assert_return":
		results, err := p.act(c)
		if err != nil {
			return err
		}
		return match(results, c.Expected)
	case "assert_trap", "assert_exhaustion":
		_, err := p.act(c)
		return failedFor(err, c.Text)
	case "assert_malformed", "assert_invalid":
		return p.refused(c)
	case "assert_unlinkable", "assert_uninstantiable":
		return p.unlinkable(c)
	}
	return fmt.Errorf("unknown command %q", c.Type)
}

func (p *player) module(c *command) error {
	p.latest = nil
	delete(p.named, c.Name)
	wasm, err := p.read(c)
	if err != nil {
		return err
	}
	m, err := p.instantiate(wasm)
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

// refused expects a module to be refused before it is linked, by the Transform or by the engine.
func (p *player) refused(c *command) error {
	wasm, err := p.read(c)
	if errors.Is(err, errTransform) {
		return nil
	}
	if err != nil {
		return err
	}
	if compiled, err := p.runtime.CompileModule(p.ctx, wasm); err == nil {
		return errors.Join(fmt.Errorf("%w: %s", errDidNotFail, c.Text), compiled.Close(p.ctx))
	}
	return nil
}

// unlinkable expects a valid module to fail at linking or in its start function. The first release of the standard links
// no segment that does not fit, and wazero refuses some of those when it compiles.
func (p *player) unlinkable(c *command) error {
	wasm, err := p.read(c)
	if err != nil {
		return err
	}
	_, err = p.instantiate(wasm)
	return failedFor(err, c.Text)
}

// errTransform marks a refusal by the Transform.
var errTransform = errors.New("refused by the transform")

// read reads and transforms the module of a command.
func (p *player) read(c *command) ([]byte, error) {
	wasm, err := os.ReadFile(filepath.Join(p.dir, c.Filename))
	if err != nil || p.transform == nil {
		return wasm, err
	}
	if wasm, err = p.transform(wasm); err != nil {
		return nil, fmt.Errorf("%w: %w", errTransform, err)
	}
	return wasm, nil
}

// instantiate gives no name: modules are found through registered alone.
func (p *player) instantiate(wasm []byte) (api.Module, error) {
	return p.runtime.InstantiateWithConfig(p.ctx, wasm, wazero.NewModuleConfig().WithName("").WithStartFunctions())
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

// act carries out the action of a command and returns its results in 64 bit words.
func (p *player) act(c *command) ([]uint64, error) {
	a := &c.Action
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
		results, err := f.Call(p.ctx, args...)
		if p.hooks.Called != nil {
			p.hooks.Called(Call{Source: p.source, Line: c.Line, Module: m, Err: err})
		}
		return results, err
	case "get":
		g := m.ExportedGlobal(a.Field)
		if g == nil {
			return nil, fmt.Errorf("no global %q", a.Field)
		}
		return []uint64{g.Get()}, nil
	}
	return nil, fmt.Errorf("unknown action %q", a.Type)
}
