package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"workcell/host/sandbox"
)

// traps are ways in which the engine ends a function, with the text that trap.go knows each by.
var traps = []struct {
	name, text string
	code       []byte
	reason     sandbox.Reason
}{
	{"unreachable", "unreachable", code(opUnreachable), sandbox.ReasonUnreachable},
	{"load beyond the memory", "out of bounds memory access", code(i32(0xffff0000), opI32Load, 0, 0, opDrop), sandbox.ReasonBounds},
	{"endless recursion", "stack overflow", code(opCall, 0), sandbox.ReasonStackOverflow},
	{"division by zero", "integer divide by zero", code(i32(1), i32(0), opI32DivS, opDrop), sandbox.ReasonArithmetic},
	{"quotient too large", "integer overflow", code(i32(1<<31), i32(1<<32-1), opI32DivS, opDrop), sandbox.ReasonArithmetic},
	{"number too large", "integer overflow", code(opF32Const, 0, 0, 0x80, 0x7f, opI32TruncF32S, opDrop), sandbox.ReasonArithmetic},
	{"no number", "invalid conversion to integer", code(opF32Const, 0, 0, 0xc0, 0x7f, opI32TruncF32S, opDrop), sandbox.ReasonArithmetic},
	{"call beyond the table", "invalid table access", code(i32(7), opCallIndirect, 0, 0), sandbox.ReasonTable},
	{"call of a null entry", "invalid table access", code(i32(1), opCallIndirect, 0, 0), sandbox.ReasonTable},
	{"call with another type", "indirect call type mismatch", code(i32(1), i32(0), opCallIndirect, 1, 0, opDrop), sandbox.ReasonTable},
}

func TestTrapsOfBothEnginesAreKnownByTheirTexts(t *testing.T) {
	for engine, cfg := range map[string]wazero.RuntimeConfig{
		"compiler":    wazero.NewRuntimeConfigCompiler(),
		"interpreter": wazero.NewRuntimeConfigInterpreter(),
	} {
		runtime := wazero.NewRuntimeWithConfig(t.Context(), cfg.WithCoreFeatures(api.CoreFeaturesV2).WithCloseOnContextDone(true))
		defer runtime.Close(context.Background())
		for _, test := range traps {
			t.Run(engine+"/"+test.name, func(t *testing.T) {
				w := &wasm{pages: 1, table: []int{0}, functions: []wasmFunction{
					{export: "run", code: test.code},
					{params: []sandbox.ValueType{sandbox.I32}, results: []sandbox.ValueType{sandbox.I32}, code: i32(0)},
				}}
				module, err := runtime.InstantiateWithConfig(t.Context(), w.bytes(), wazero.NewModuleConfig().WithName(""))
				if err != nil {
					t.Fatal(err)
				}
				defer module.Close(t.Context())
				_, err = module.ExportedFunction("run").Call(t.Context())
				if err == nil || !strings.Contains(err.Error(), test.text) {
					t.Fatalf("ends with %v, want %q in it", err, test.text)
				}
				if out := sandbox.Classify(err); out.Status != sandbox.Trapped || out.Reason != test.reason || out.Err == nil {
					t.Errorf("%q is %s (%s), want a trap (%s)", err, out.Status, out.Reason, test.reason)
				}
			})
		}
	}
}

// The table of trap.go must not hold more than is pinned above: what no guest can cause is named here.
func TestEveryTextIsPinned(t *testing.T) {
	pinned := []string{"null reference"} // needs function references, which the engine is not told to allow
	for _, test := range traps {
		pinned = append(pinned, test.text)
	}
	for _, text := range sandbox.EngineTraps() {
		if !slices.Contains(pinned, text) {
			t.Errorf("no guest of this test causes %q", text)
		}
	}
}

func TestTextsOfTrapsInOtherErrorsAreNoTraps(t *testing.T) {
	for _, err := range []error{
		errors.New("host: unreachable (recovered by wazero)\nwasm stack trace:\n\t"),
		errors.New("unreachable network (recovered by wazero)"),
		fmt.Errorf("get: %w (recovered by wazero)", errors.New("stack overflow")),
	} {
		out := sandbox.Classify(err)
		var panicked *sandbox.HostFailure
		if out.Status != sandbox.Failed || !errors.As(out.Err, &panicked) {
			t.Errorf("%q is %s (%s), want a panic of the host", err, out.Status, out.Reason)
		}
	}
	if out := sandbox.Classify(errors.New("something new")); out.Status != sandbox.Trapped || out.Reason != sandbox.ReasonOther {
		t.Errorf("an unknown error is %s (%s)", out.Status, out.Reason)
	}
}
