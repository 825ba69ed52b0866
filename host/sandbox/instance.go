package sandbox

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"workcell/abi"
	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/pages"
)

// instance is a module with a memory of its own. It is a clone of the module's image: after each call reset makes it one
// again. The template, from which the image is taken, is the only instance that runs its start-up. One goroutine at a
// time.
type instance struct {
	module  api.Module
	handle  api.Function
	memory  *pages.Memory
	globals []api.MutableGlobal
	fuel    api.MutableGlobal // the slice, in the guest's hands
	stack   [2]uint64         // parameters and result of handle
}

// instantiate makes an instance over image, or a template if image is nil. Nothing of the guest runs.
func (m *Module) instantiate(image *pages.Image) (*instance, error) {
	memory, err := pages.New(image, pages.Config{Method: m.engine.method, MaxPages: m.maxPages})
	if err != nil {
		return nil, err
	}
	ctx := experimental.WithMemoryAllocator(context.Background(), experimental.MemoryAllocatorFunc(
		func(_, _ uint64) experimental.LinearMemory { return memory }))
	cfg := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	module, err := m.runtime.InstantiateModule(ctx, m.compiled, cfg)
	if err != nil {
		memory.Free()
		return nil, err
	}
	i := &instance{
		module: module, handle: module.ExportedFunction(abi.ExportHandle), memory: memory,
		fuel: module.ExportedGlobal(meter.GlobalName).(api.MutableGlobal), // meter.Rewrite made it
	}
	for _, name := range m.prepared.globals {
		global, ok := module.ExportedGlobal(name).(api.MutableGlobal)
		if !ok {
			i.close()
			return nil, fmt.Errorf("global %s cannot be restored", name)
		}
		i.globals = append(i.globals, global)
	}
	return i, nil
}

// clone makes an instance of m's image.
func (m *Module) clone() (*instance, error) {
	i, err := m.instantiate(m.image.memory)
	if err != nil {
		return nil, fmt.Errorf("clone instance of %s: %w", m.manifest.Name, err)
	}
	i.restoreGlobals(m.image)
	return i, nil
}

// reset makes i what its image is. After an error i is useless.
func (i *instance) reset(image *image) error { return i.restore(image, i.memory.Reset) }

// decay is a reset that also gives memory back.
func (i *instance) decay(image *image) error { return i.restore(image, i.memory.Decay) }

func (i *instance) restore(image *image, memory func() (pages.Stats, error)) error {
	stats, err := memory()
	if err != nil {
		return err
	}
	if stats.Shrunk {
		if _, ok := i.module.Memory().Grow(1); !ok {
			return errors.New("the engine does not let the memory shrink")
		}
	}
	i.restoreGlobals(image)
	return nil
}

func (i *instance) restoreGlobals(image *image) {
	for n, global := range i.globals {
		global.Set(image.globals[n])
	}
}

// close releases the instance. Nobody else uses its memory: a failure to close has no consequence but memory.
func (i *instance) close() { _ = i.module.Close(context.Background()) }

// run lets f use i for c, with c's whole budget.
func (m *Module) run(i *instance, c *Call, f func() error) Outcome {
	c.module, c.seeded, c.stopped, c.fuel = m, false, false, int64(c.budget())
	i.fuel.Set(0) // the first check asks for a slice
	err := f()
	c.memory = nil
	c.Used.Fuel = c.spent(int64(i.fuel.Get()))
	out := Outcome{Status: OK}
	if err != nil {
		out = classify(err)
	}
	out.Fuel = c.Used.Fuel
	return out
}

// handleMessage lets the guest in i handle the message of c.
func (m *Module) handleMessage(i *instance, c *Call) Outcome {
	if len(c.Input) > abi.MaxRequestBytes {
		return Outcome{Status: Failed, Err: fmt.Errorf("request of %d bytes is beyond the interface's limit", len(c.Input))}
	}
	c.phase = handling
	i.stack = [2]uint64{uint64(c.Route), uint64(len(c.Input))}
	out := m.run(i, c, func() error { return i.handle.CallWithStack(c, i.stack[:]) })
	if out.Status == OK && uint32(i.stack[0]) != 0 {
		out.Status = Refused
		if !c.Effects.Refusal.Code.Valid() {
			c.Effects.Refusal = Refusal{Code: abi.CodeInternal, Message: "The handler refused without a reason"}
		}
	}
	return out
}
