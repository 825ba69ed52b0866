package host_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// floors is the house: a package imports only from floors below its own. A new package must be placed here to pass.
var floors = [][]string{
	{"workcell", "abi", "host/telemetry", "host/spelling", "host/identity", "host/portfile", "host/wire", "host/client/pmpb", "host/sandbox/wasmbin", "host/sandbox/pages"},
	{"abi/envelope", "storage", "storage/key", "storage/planted", "host/fault", "host/config", "host/client", "guests/guest", "guests/board/pm", "guests/board/text", "host/sandbox/meter", "host/trace"},
	{"storage/lsm", "storage/txn", "storage/guard", "storage/ledger", "storage/feed", "host/sandbox", "host/load", "guests/board", "guests/probe", "guests/hostile", "guests/examples/go"},
	{"storage/catalog", "host/sandbox/hostcall", "host/tryout", "host/errand", "host/fanout", "host/metrics", "guests/handlers/board"},
	{"storage/backup", "host/dispatch", "host/deploy", "host/fsck"},
	{"host/session", "host/admin"},
	{"host", "guests/handlers"},
	{"cmd/workcell", "host/wire/echoserver"},
}

// testOnly are imported from _test.go files alone, besides by each other.
var testOnly = []string{"abi/conformance", "storage/baddisk", "storage/storagetest", "host/hosttest", "host/sandbox/spec", "host/sandbox/wasmasm"}

// owners are the only packages that import a foreign library.
var owners = map[string][]string{
	"github.com/tetratelabs/wazero":                 {"host/sandbox"},
	"github.com/cockroachdb/pebble":                 {"storage/lsm"},
	"github.com/gobwas/ws":                          {"host/wire"},
	"github.com/rubyist/circuitbreaker":             {"storage/guard"},
	"github.com/BurntSushi/toml":                    {"host/config"},
	"github.com/lmittmann/tint":                     {"host/telemetry"},
	"github.com/coder/websocket":                    {"host/client"},
	"github.com/spf13/cobra":                        {"cmd/workcell"},
	"github.com/golang-jwt/jwt":                     {"host/identity"},
	"github.com/prometheus":                         {"host/metrics"},
	"github.com/HdrHistogram/hdrhistogram-go":       {"host/load"},
	"aead.dev/minisign":                             {"host/deploy"},
	"github.com/fsnotify/fsnotify":                  {"host/deploy"},
	"go.opentelemetry.io":                           {"host/trace"},
	"google.golang.org/protobuf/encoding/protowire": {"abi/envelope"},
}

const module = "workcell/"

type goPackage struct {
	ImportPath           string
	Imports, TestImports []string
	XTestImports         []string
}

// packages lists the packages of this module for a system.
func packages(t *testing.T, env ...string) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = ".."
	cmd.Env = append(cmd.Environ(), env...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func floorOf(pkg string) int {
	return slices.IndexFunc(floors, func(floor []string) bool { return slices.Contains(floor, pkg) })
}

func TestImportsPointDown(t *testing.T) {
	for _, env := range []string{"GOOS=linux", "GOOS=wasip1 GOARCH=wasm"} {
		for _, p := range packages(t, strings.Fields(env)...) {
			name := strings.TrimPrefix(p.ImportPath, module)
			floor := floorOf(name)
			if floor < 0 && !slices.Contains(testOnly, name) && !strings.HasSuffix(name, "/e2e") && !isGuestMain(name) {
				t.Errorf("%s stands on no floor: place it in floors", name)
			}
			for _, path := range p.Imports {
				imported, ours := strings.CutPrefix(path, module)
				switch {
				case !ours || slices.Contains(testOnly, name):
				case slices.Contains(testOnly, imported):
					t.Errorf("%s imports %s, which is for tests", name, imported)
				case floor >= 0 && floorOf(imported) >= floor:
					t.Errorf("%s (floor %d) imports %s (floor %d)", name, floor, imported, floorOf(imported))
				case side(name) != "" && side(imported) != "" && side(name) != side(imported):
					t.Errorf("%s imports %s: host and guests meet as bytes, storage knows neither", name, imported)
				}
			}
		}
	}
}

// isGuestMain reports whether a package is the main package of a guest that is only built for tests.
func isGuestMain(name string) bool {
	return strings.HasPrefix(name, "guests/") && (strings.HasSuffix(name, "/main") || strings.HasPrefix(name, "guests/hostile"))
}

// side is the part of the house that must not know the others, or "".
func side(pkg string) string {
	top, _, _ := strings.Cut(pkg, "/")
	if top == "host" || top == "guests" {
		return top
	}
	return ""
}

func TestStorageKnowsNeitherHostNorGuests(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			imported := strings.TrimPrefix(path, module)
			if strings.HasPrefix(name, "storage") && side(imported) != "" && path != imported {
				t.Errorf("%s imports %s", name, imported)
			}
		}
	}
}

func TestEachForeignLibraryHasOneOwner(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		for _, path := range p.Imports {
			for library, allowed := range owners {
				if (path == library || strings.HasPrefix(path, library+"/")) && !slices.Contains(allowed, name) && !slices.Contains(testOnly, name) {
					t.Errorf("%s imports %s, which belongs to %v", name, path, allowed)
				}
			}
		}
	}
}
