// Package hosttest holds what tests of several packages need. Test code only.
package hosttest

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// builds are the guests built by this test process.
var builds struct {
	sync.Mutex
	wasm map[string][]byte
}

// Guest builds the Go guest in a package of this module, for instance "./guests/handlers/board", and returns its .wasm.
// The Go build cache makes repeated builds cheap. Safe for concurrent use.
func Guest(t testing.TB, pkg string) []byte {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	if wasm, ok := builds.wasm[pkg]; ok {
		return wasm
	}
	dir, err := os.MkdirTemp("", "guest")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "guest.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-w", "-o", out, pkg)
	build.Dir = Root(t)
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build guest %s: %v\n%s", pkg, err, text)
	}
	wasm, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if builds.wasm == nil {
		builds.wasm = map[string][]byte{}
	}
	builds.wasm[pkg] = wasm
	return wasm
}

// Root returns the directory of the module.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("not inside the module")
		}
		dir = parent
	}
}
