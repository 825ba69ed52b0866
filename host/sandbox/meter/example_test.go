package meter_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmasm"
)

// A module that never ends is metered, and gets two slices.
func Example() {
	wasm, err := meter.Instrument(wasmasm.Build(wasmasm.Func{Name: "spin", Text: "loop br 0 end"}), meter.Config{})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	defer r.Close(ctx)

	slices := 2
	_, err = r.NewHostModuleBuilder(meter.ImportModule).NewFunctionBuilder().WithFunc(func(left int64) int64 {
		if fmt.Println("left:", left); slices == 0 {
			panic(errors.New("the budget is used up"))
		}
		slices--
		return 1000 + left
	}).Export(meter.ImportName).Instantiate(ctx)
	if err != nil {
		panic(err)
	}
	m, err := r.Instantiate(ctx, wasm)
	if err != nil {
		panic(err)
	}
	m.ExportedGlobal(meter.GlobalName).(api.MutableGlobal).Set(10)
	_, err = m.ExportedFunction("spin").Call(ctx)
	fmt.Println(err != nil)
	// Output:
	// left: -1
	// left: -1
	// left: -1
	// true
}
