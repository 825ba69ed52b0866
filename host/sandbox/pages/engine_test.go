package pages_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"workcell/host/sandbox/pages"
)

var _ experimental.LinearMemory = (*pages.Memory)(nil)

// growing is a guest with a memory of 1 to 5 pages, where the fifth is for the engine alone:
//
//	(module
//	  (memory (export "memory") 1 5)
//	  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
//	  (func (export "size") (result i32) (memory.size))
//	  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
//	  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))
var growing = []byte("\x00asm\x01\x00\x00\x00" +
	"\x01\x0f\x03\x60\x01\x7f\x01\x7f\x60\x00\x01\x7f\x60\x02\x7f\x7f\x00" + // types
	"\x03\x05\x04\x00\x01\x02\x00" + // functions
	"\x05\x04\x01\x01\x01\x05" + // memory
	"\x07\x27\x05\x06memory\x02\x00\x04grow\x00\x00\x04size\x00\x01\x05store\x00\x02\x04load\x00\x03" +
	"\x0a\x1f\x04" + // code
	"\x06\x00\x20\x00\x40\x00\x0b" +
	"\x04\x00\x3f\x00\x0b" +
	"\x09\x00\x20\x00\x20\x01\x3a\x00\x00\x0b" +
	"\x07\x00\x20\x00\x2d\x00\x00\x0b")

const guestPages = 4 // what the guest may have

func eachEngine(t *testing.T, test func(t *testing.T, runtime wazero.Runtime, guest wazero.CompiledModule, method pages.Method)) {
	for name, cfg := range map[string]wazero.RuntimeConfig{
		"compiler":    wazero.NewRuntimeConfigCompiler(),
		"interpreter": wazero.NewRuntimeConfigInterpreter(),
	} {
		t.Run(name, func(t *testing.T) {
			eachMethod(t, func(t *testing.T, method pages.Method) {
				runtime := wazero.NewRuntimeWithConfig(t.Context(), cfg.WithMemoryLimitPages(guestPages+1))
				t.Cleanup(func() { _ = runtime.Close(context.Background()) })
				guest, err := runtime.CompileModule(t.Context(), growing)
				if err != nil {
					t.Fatal(err)
				}
				test(t, runtime, guest, method)
			})
		})
	}
}

// instantiate returns an instance of guest with memory m.
func instantiate(t *testing.T, runtime wazero.Runtime, guest wazero.CompiledModule, m *pages.Memory) api.Module {
	t.Helper()
	ctx := experimental.WithMemoryAllocator(t.Context(), experimental.MemoryAllocatorFunc(
		func(_, most uint64) experimental.LinearMemory {
			if most != (guestPages+1)*pages.PageBytes {
				t.Errorf("the engine may ask for %d bytes", most)
			}
			return m
		}))
	module, err := runtime.InstantiateModule(ctx, guest, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatal(err)
	}
	return module
}

func call(t *testing.T, module api.Module, name string, args ...uint64) int32 {
	t.Helper()
	results, err := module.ExportedFunction(name).Call(t.Context(), args...)
	if err != nil {
		t.Fatalf("%s%v: %v", name, args, err)
	}
	if len(results) == 0 {
		return 0
	}
	return int32(results[0])
}

func TestAGuestGrowsAndIsReset(t *testing.T) {
	eachEngine(t, func(t *testing.T, runtime wazero.Runtime, guest wazero.CompiledModule, method pages.Method) {
		template := newMemory(t, nil, pages.Config{Method: method, MaxPages: guestPages})
		first := instantiate(t, runtime, guest, template)
		call(t, first, "grow", 1)
		call(t, first, "store", 70_000, 42)
		ready, _ := first.Memory().Read(0, first.Memory().Size())
		image := newImage(t, ready)
		want := bytes.Clone(ready)

		m := newMemory(t, image, pages.Config{Method: method, MaxPages: guestPages})
		clone := instantiate(t, runtime, guest, m)
		for round := range 12 {
			if size, v := call(t, clone, "size"), call(t, clone, "load", 70_000); size != 2 || v != 42 {
				t.Fatalf("round %d: %d pages, value %d", round, size, v)
			}
			const last = guestPages*pages.PageBytes - 1
			if _, err := clone.ExportedFunction("load").Call(t.Context(), last); err == nil {
				t.Fatalf("round %d: the guest reads beyond its memory", round)
			}
			call(t, clone, "store", 70_000, 1)
			if round%3 > 0 {
				if had := call(t, clone, "grow", 2); had != 2 {
					t.Fatalf("round %d: grow answers %d", round, had)
				}
				if refused := call(t, clone, "grow", 1); refused != -1 {
					t.Fatalf("round %d: the guest got the engine's page: %d", round, refused)
				}
				if v := call(t, clone, "load", last); v != 0 {
					t.Fatalf("round %d: grown memory holds %d", round, v)
				}
				call(t, clone, "store", last, 9)
			}
			stats := reset(t, m)
			if stats.Shrunk != (round%3 > 0) {
				t.Fatalf("round %d: %+v", round, stats)
			}
			if stats.Shrunk {
				if _, ok := clone.Memory().Grow(1); !ok {
					t.Fatalf("round %d: the engine does not shrink", round)
				}
			}
			if got, ok := clone.Memory().Read(0, uint32(len(want))); !ok || !bytes.Equal(got, want) ||
				int(clone.Memory().Size()) != len(want) {
				t.Fatalf("round %d: not the image", round)
			}
		}
		if err := clone.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if m.Reallocate(0) != nil {
			t.Error("the engine does not free the memory")
		}
		if v := call(t, first, "load", 70_000); v != 42 {
			t.Errorf("the template holds %d", v)
		}
	})
}

func TestATrapLeavesAMemoryThatResets(t *testing.T) {
	eachEngine(t, func(t *testing.T, runtime wazero.Runtime, guest wazero.CompiledModule, method pages.Method) {
		m := newMemory(t, newImage(t, content(1)), pages.Config{Method: method, MaxPages: guestPages})
		clone := instantiate(t, runtime, guest, m)
		for range 12 {
			call(t, clone, "store", 5, 5)
			if _, err := clone.ExportedFunction("store").Call(t.Context(), 1<<31, 5); err == nil {
				t.Fatal("no trap")
			}
			reset(t, m)
			if got, _ := clone.Memory().Read(0, pages.PageBytes); !bytes.Equal(got, content(1)) {
				t.Fatal("not the image")
			}
		}
	})
}
