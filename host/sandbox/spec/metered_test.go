package spec

import (
	"context"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"workcell/host/sandbox/meter"
)

// metered meters a module.
func metered(wasm []byte) ([]byte, error) { return meter.Instrument(wasm, meter.Config{}) }

// oracle meters a module one instruction at a time.
func oracle(wasm []byte) ([]byte, error) { return meter.Instrument(wasm, meter.Config{Oracle: true}) }

// refuel offers modules their fuel, slice by slice and without end.
func refuel(slice int64) Hooks {
	return Hooks{Install: func(ctx context.Context, r wazero.Runtime) error {
		i64 := []api.ValueType{api.ValueTypeI64}
		next := api.GoFunc(func(_ context.Context, stack []uint64) { stack[0] += uint64(slice) })
		_, err := r.NewHostModuleBuilder(meter.ImportModule).
			NewFunctionBuilder().WithGoFunction(next, i64, i64).Export(meter.ImportName).
			Instantiate(ctx)
		return err
	}}
}
