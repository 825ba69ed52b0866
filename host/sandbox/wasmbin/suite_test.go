package wasmbin_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// suiteModule is a module of the WebAssembly specification's test suite.
type suiteModule struct {
	name    string // "v2/address.0"
	command string // what the suite says of it: "module", "assert_malformed", ...
	text    string // what is wrong with it
	wasm    []byte
}

var suite = sync.OnceValues(readSuite)

// suiteModules returns the binary modules of the suite that comes with wazero, versions 1 and 2.
func suiteModules(t testing.TB) []suiteModule {
	t.Helper()
	modules, err := suite()
	if err != nil {
		t.Fatalf("read the specification's test suite from wazero in the module cache (go mod download gets it): %v", err)
	}
	return modules
}

func readSuite() ([]suiteModule, error) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		return nil, err
	}
	var all []suiteModule
	for _, version := range []string{"v1", "v2"} {
		testdata := filepath.Join(strings.TrimSpace(string(dir)), "internal", "integration_test", "spectest", version, "testdata")
		scripts, err := filepath.Glob(filepath.Join(testdata, "*.json"))
		if err != nil {
			return nil, err
		}
		if len(scripts) == 0 {
			return nil, &os.PathError{Op: "glob", Path: testdata, Err: os.ErrNotExist}
		}
		for _, path := range scripts {
			var script struct {
				Commands []struct {
					Type, Filename, Text string
					ModuleType           string `json:"module_type"`
				}
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			if err := json.Unmarshal(text, &script); err != nil {
				return nil, err
			}
			for _, c := range script.Commands {
				if c.Filename == "" || c.ModuleType == "text" {
					continue
				}
				wasm, err := os.ReadFile(filepath.Join(testdata, c.Filename))
				if err != nil {
					return nil, err
				}
				all = append(all, suiteModule{version + "/" + strings.TrimSuffix(c.Filename, ".wasm"), c.Type, c.Text, wasm})
			}
		}
	}
	return all, nil
}
