package meter_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmasm"
	"workcell/host/sandbox/wasmbin"
)

// suiteModules returns the binary modules of the specification's test suite, valid and not, that comes with wazero.
func suiteModules(t testing.TB) map[string][]byte {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		t.Fatalf("find wazero in the module cache (go mod download gets it): %v", err)
	}
	all := map[string][]byte{}
	for _, version := range []string{"v1", "v2"} {
		testdata := filepath.Join(strings.TrimSpace(string(dir)), "internal", "integration_test", "spectest", version, "testdata")
		paths, err := filepath.Glob(filepath.Join(testdata, "*.wasm"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("the specification's test suite is not in %s: %v", testdata, err)
		}
		for _, path := range paths {
			wasm, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all[version+"/"+filepath.Base(path)] = wasm
		}
	}
	return all
}

// compiler tells whether wazero takes a module.
func newCompiler(t testing.TB) func([]byte) error {
	t.Helper()
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	t.Cleanup(func() { rt.Close(ctx) })
	return func(wasm []byte) error {
		compiled, err := rt.CompileModule(ctx, wasm)
		if err == nil {
			compiled.Close(ctx)
		}
		return err
	}
}

// A module is as valid metered as it was before: neither does metering break it, nor does it mend it.
func TestTheSuiteStaysAsValidAsItWas(t *testing.T) {
	compile := newCompiler(t)
	metered, valid := 0, 0
	for name, plain := range suiteModules(t) {
		fast, err := meter.Instrument(plain, meter.Config{})
		if err != nil {
			var e *wasmbin.Error
			if !errors.As(err, &e) {
				t.Errorf("%s: the error is no *wasmbin.Error: %v", name, err)
			}
			continue
		}
		metered++
		before, after := compile(plain), compile(fast)
		if (before == nil) != (after == nil) {
			t.Errorf("%s: plain: %v, metered: %v", name, before, after)
		}
		if before != nil {
			continue
		}
		valid++
		if err := checkFlow(plain, fast, flowBound); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		again, _ := meter.Instrument(plain, meter.Config{})
		if !bytes.Equal(fast, again) {
			t.Errorf("%s: metered twice, the results differ", name)
		}
	}
	t.Logf("%d modules metered, %d of them valid", metered, valid)
}

func TestRealGuestsHaveNoCycleWithoutACheck(t *testing.T) {
	for name, plain := range realGuests(t) {
		if err := checkFlow(plain, instrument(t, plain, meter.Config{}), flowBound); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, p := range wasmasm.Programs() {
		if err := checkFlow(p.Wasm, instrument(t, p.Wasm, meter.Config{}), flowBound); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}
