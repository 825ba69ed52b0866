package sandbox

import (
	"context"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// ValueType is the type of a parameter or result of a Function.
type ValueType = api.ValueType

// The value types host functions use.
const (
	I32 = api.ValueTypeI32
	I64 = api.ValueTypeI64
)

// Function is offered to guests as an import. Run finds the parameters in stack, in order, and leaves its result in
// stack[0]; it reports a guest's mistake with Call.Trap and a failure of the host with Call.Abort.
type Function struct {
	Module, Name string
	Params       []ValueType
	Results      []ValueType
	Run          func(c *Call, stack []uint64)
}

// offer instantiates the host modules that functions belong to, in runtime.
func offer(ctx context.Context, runtime wazero.Runtime, functions []Function) error {
	builders := map[string]wazero.HostModuleBuilder{}
	for _, f := range functions {
		b := builders[f.Module]
		if b == nil {
			b = runtime.NewHostModuleBuilder(f.Module)
			builders[f.Module] = b
		}
		b.NewFunctionBuilder().WithGoModuleFunction(adapt(f), f.Params, f.Results).Export(f.Name)
	}
	for _, b := range builders {
		if _, err := b.Instantiate(ctx); err != nil {
			return err
		}
	}
	return nil
}

// adapt makes f callable by the engine, whose context is the Call.
func adapt(f Function) api.GoModuleFunc {
	name, run := f.Name, f.Run
	return func(ctx context.Context, m api.Module, stack []uint64) {
		c := ctx.(*Call)
		c.function = name
		c.memory = m.Memory()
		c.chargeHostCall()
		run(c, stack)
	}
}
