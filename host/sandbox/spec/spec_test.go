package spec

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// suites are the releases of the specification, with what is the same for every engine and every Transform.
var suites = []struct {
	name     string
	features api.CoreFeatures
	// all assertions, on how many of them wazero departs at most, and how many are on the text format.
	all, departed, text int
}{
	{"v1", api.CoreFeaturesV1, 19270, 0, 430},
	{"v2", api.CoreFeaturesV2, 54006, 20, 1091},
}

var engines = []struct {
	name string
	make func() wazero.RuntimeConfig
}{
	{"compiler", wazero.NewRuntimeConfigCompiler},
	{"interpreter", wazero.NewRuntimeConfigInterpreter},
}

// kinds are the Transforms under test.
var kinds = []struct {
	name      string
	transform Transform
	hooks     Hooks
}{
	{name: "round trip", transform: roundTrip},
	{name: "metered in small slices", transform: metered, hooks: refuel(8)},
	{name: "plain"},
	{name: "metered", transform: metered, hooks: refuel(1 << 20)},
}

// totals are the last words of the tests: what passed and failed of each of the kinds.
var totals []string

func TestMain(m *testing.M) {
	code := m.Run()
	for _, line := range totals {
		fmt.Println(line)
	}
	os.Exit(code)
}

// TestSpec runs every suite on every engine, after every kind of Transform, and expects every assertion to hold.
func TestSpec(t *testing.T) {
	for _, kind := range kinds {
		var total Result
		for _, suite := range suites {
			for _, engine := range engines {
				if raced && (suite.name != "v2" || engine.name != "interpreter") {
					continue
				}
				t.Run(kind.name+"/"+suite.name+"/"+engine.name, func(t *testing.T) {
					rc := engine.make().WithCoreFeatures(suite.features)
					r := Run(t, suiteDir(t, suite.name), rc, kind.transform, kind.hooks)
					t.Logf("%s %s %s: %s", kind.name, suite.name, engine.name, r)
					for _, f := range r.Failures {
						t.Error(f)
					}
					if all := r.Passed + r.Failed + r.Departed + r.Text; all != suite.all || r.Text != suite.text {
						t.Errorf("%d assertions, %d of them on text; not %d, %d", all, r.Text, suite.all, suite.text)
					}
					if r.Departed > suite.departed || kind.transform == nil && r.Departed < suite.departed {
						t.Errorf("%d departures, not %d", r.Departed, suite.departed)
					}
					total.Add(r)
				})
			}
		}
		totals = append(totals, kind.name+": "+total.String())
	}
}

// suiteDir is where wazero's source holds a suite.
func suiteDir(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	if err != nil {
		t.Fatalf("find wazero's source: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "internal/integration_test/spectest", name, "testdata")
}
