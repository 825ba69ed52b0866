package sandbox

import (
	"context"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"workcell/abi"
)

// instance is a module with a memory of its own.
type instance struct {
	module api.Module
	ctx    *running
}

// run makes an instance for c, lets f use it, and discards it. The engine ends it at c.Until.
func (m *Module) run(c *Call, f func(*instance) error) Outcome {
	parent := c.Cancel
	if parent == nil {
		parent = context.Background()
	}
	ctx, cancel := context.WithDeadline(parent, c.Until)
	defer cancel()
	c.module, c.phase, c.random = m, initialising, nil
	defer func() { c.memory = nil }()

	i, err := m.instantiate(&running{Context: ctx, call: c})
	if err == nil {
		defer i.close()
		err = f(i)
	}
	if err == nil {
		return Outcome{Status: OK}
	}
	return classify(ctx, err)
}

// instantiate makes an instance and starts its language runtime.
func (m *Module) instantiate(ctx *running) (*instance, error) {
	cfg := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	module, err := m.engine.runtime.InstantiateModule(ctx, m.compiled, cfg)
	if err != nil {
		return nil, err
	}
	i := &instance{module: module, ctx: ctx}
	if start := module.ExportedFunction(abi.ExportInitialize); start != nil {
		if _, err := start.Call(ctx); err != nil {
			i.close()
			return nil, err
		}
	}
	return i, nil
}

// close releases the instance. Its memory is not used by anybody else: a failure to close has no consequence but memory.
func (i *instance) close() { _ = i.module.Close(context.Background()) }

// handle lets the guest handle the message of c.
func (m *Module) handle(c *Call) Outcome {
	if len(c.Input) > abi.MaxRequestBytes {
		return Outcome{Status: Failed, Err: fmt.Errorf("request of %d bytes is beyond the interface's limit", len(c.Input))}
	}
	var result uint32
	out := m.run(c, func(i *instance) error {
		c.phase, c.random = handling, nil
		stack := [2]uint64{uint64(c.Route), uint64(len(c.Input))}
		err := i.module.ExportedFunction(abi.ExportHandle).CallWithStack(i.ctx, stack[:])
		result = uint32(stack[0])
		return err
	})
	if out.Status == OK && result != 0 {
		out.Status = Refused
		if !c.Effects.Refusal.Code.Valid() {
			c.Effects.Refusal = Refusal{Code: abi.CodeInternal, Message: "The handler refused without a reason"}
		}
	}
	return out
}
