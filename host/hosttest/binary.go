package hosttest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Binary builds the command with its built-in handlers, whether or not they were built before, and with build tags, and
// returns its path in dir.
func Binary(t testing.TB, dir string, tags ...string) string {
	t.Helper()
	root := Root(t)
	wasm := filepath.Join(dir, "board.wasm")
	if err := os.WriteFile(wasm, Guest(t, "./guests/handlers/board"), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(root, "guests", "handlers", "dist", "board.wasm"): wasm},
	})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, strings.Join(append([]string{"workcell"}, tags...), "-"))
	build := exec.Command("go", "build", "-tags", strings.Join(tags, ","), "-overlay", overlayFile, "-o", binary, "./cmd/workcell")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the command: %v\n%s", err, text)
	}
	return binary
}
