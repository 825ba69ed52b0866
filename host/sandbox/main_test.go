package sandbox_test

import (
	"os"
	"testing"
	"time"

	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
)

// patience bounds every wait of these tests. Nothing here depends on how fast the machine is.
const patience = 60 * time.Second

// cacheDir keeps compiled code for all engines of this process.
var cacheDir string

func TestMain(m *testing.M) {
	var err error
	if cacheDir, err = os.MkdirTemp("", "workcell-cache"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(cacheDir)
	os.Exit(code)
}

// newEngine returns an engine with all host functions, until the test ends.
func newEngine(t testing.TB) *sandbox.Engine {
	t.Helper()
	e, err := sandbox.New(t.Context(), sandbox.Config{Functions: hostcall.Functions(), CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return e
}

func load(t testing.TB, e *sandbox.Engine, wasm []byte) *sandbox.Module {
	t.Helper()
	m, err := e.Load(t.Context(), wasm)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
