package handlers

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Each of these packages would make every handler larger, and slower to load, for nothing a handler needs.
func TestTheBoardStaysLean(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "./board")
	list.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, heavy := range []string{"fmt", "os", "reflect", "regexp", "encoding/json"} {
		if slices.Contains(strings.Fields(string(out)), heavy) {
			t.Errorf("the board imports %s", heavy)
		}
	}
}

func TestBuiltinHandlersAreNamedAfterTheirFiles(t *testing.T) {
	modules, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for name, wasm := range modules {
		if strings.Contains(name, ".") || !strings.HasPrefix(string(wasm), "\x00asm") {
			t.Errorf("%q is no handler", name)
		}
	}
}
