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
	// all assertions, on how many of them wazero departs, and how many are on the text format.
	all, departed, text int
}{
	{"v1", api.CoreFeaturesV1, 19270, 0, 430},
	{"v2", api.CoreFeaturesV2, 54006, 15, 1091},
}

var engines = []struct {
	name string
	make func() wazero.RuntimeConfig
}{
	{"compiler", wazero.NewRuntimeConfigCompiler},
	{"interpreter", wazero.NewRuntimeConfigInterpreter},
}

// totals are the last words of the tests: what passed and failed, by kind of Transform, in the order of the tests.
var totals []total

type total struct {
	kind string
	Result
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, t := range totals {
		fmt.Printf("%s: %s\n", t.kind, t)
	}
	os.Exit(code)
}

func TestPlain(t *testing.T) { play(t, "plain", nil, Hooks{}) }

// play runs all suites on both engines and expects every assertion to hold.
func play(t *testing.T, kind string, transform Transform, hooks Hooks) {
	sum := total{kind: kind}
	for _, suite := range suites {
		for _, engine := range engines {
			t.Run(suite.name+"/"+engine.name, func(t *testing.T) {
				r := Run(t, suiteDir(t, suite.name), engine.make().WithCoreFeatures(suite.features), transform, hooks)
				t.Logf("%s %s %s: %s", kind, suite.name, engine.name, r)
				for _, f := range r.Failures {
					t.Error(f)
				}
				if r.Passed+r.Failed+r.Departed+r.Text != suite.all || r.Departed != suite.departed || r.Text != suite.text {
					t.Errorf("of %d assertions %d are on text and %d depart, not of %d, %d and %d",
						r.Passed+r.Failed+r.Departed+r.Text, r.Text, r.Departed, suite.all, suite.text, suite.departed)
				}
				sum.Add(r)
			})
		}
	}
	totals = append(totals, sum)
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
