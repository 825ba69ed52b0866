package tryout_test

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"workcell/abi"
	"workcell/host/hosttest"
	"workcell/host/sandbox/hostcall"
	"workcell/host/tryout"
)

// The same handler in three languages does the same.
func TestExamplesDoTheSame(t *testing.T) {
	script := parse(t, string(example(t, "cases.json")))
	type transcript struct {
		verdicts []tryout.Verdict
		state    tryout.State
	}
	var first transcript
	for _, language := range []string{"go", "c", "rust"} {
		t.Run(language, func(t *testing.T) {
			var wasm []byte
			if language == "go" {
				wasm = hosttest.Guest(t, "./guests/examples/go")
			} else {
				wasm = example(t, language, "handler.wasm")
			}
			host := newHost(t, wasm)
			verdicts, err := host.Play(t.Context(), script)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range verdicts {
				for _, problem := range v.Problems {
					t.Errorf("%s: %s", v.Name, problem)
				}
				if v.Report.Fuel == 0 || v.Report.HostCalls == 0 {
					t.Errorf("%s: %d units, %d host calls", v.Name, v.Report.Fuel, v.Report.HostCalls)
				}
				v.Report.Fuel, v.Report.HostCalls, v.Report.ScanBytes = 0, 0, 0 // each has its own ways
			}
			got := transcript{verdicts, host.State()}
			if first.state == nil {
				first = got
			}
			if !reflect.DeepEqual(got, first) {
				t.Errorf("it does otherwise than the first:\n%+v\n%+v", got, first)
			}
			if n := len(got.state["standup"]); n != 100 {
				t.Errorf("%d notes are kept", n)
			}
		})
	}
}

// The C header and the Rust file declare all that a handler may import, with as many parameters.
func TestSDKsDeclareEveryImport(t *testing.T) {
	header, file := string(example(t, "c", "workcell.h")), string(example(t, "rust", "workcell.rs"))
	for _, f := range hostcall.Functions() {
		if f.Module != abi.Module {
			continue
		}
		for sdk, declaration := range map[string]struct{ text, begin string }{
			"c": {header, " wc_" + f.Name + "("}, "rust": {file, "pub fn " + f.Name + "("},
		} {
			_, parameters, found := strings.Cut(declaration.text, declaration.begin)
			if !found {
				t.Errorf("%s: %s is missing", sdk, f.Name)
				continue
			}
			parameters, _, _ = strings.Cut(parameters, ")")
			count := strings.Count(parameters, ",") + 1
			if parameters == "" || parameters == "void" {
				count = 0
			}
			if count != len(f.Params) {
				t.Errorf("%s: %s(%s), want %d parameters", sdk, f.Name, parameters, len(f.Params))
			}
		}
	}
}

// What is committed built is what its sources give: the digests of both were taken together.
func TestExamplesAreBuiltFromTheirSources(t *testing.T) {
	sums := map[string]string{}
	for line := range strings.Lines(string(example(t, "SHA256SUMS"))) {
		digest, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("%q is no line of sha256sum", line)
		}
		sums[name] = digest
	}
	want := []string{"c/Makefile", "c/handler.c", "c/handler.wasm", "c/workcell.h", "rust/Makefile", "rust/handler.rs", "rust/handler.wasm", "rust/workcell.rs"}
	if got := slices.Sorted(maps.Keys(sums)); !slices.Equal(got, want) {
		t.Fatalf("SHA256SUMS names %v, want %v", got, want)
	}
	for name, digest := range sums {
		sum := sha256.Sum256(example(t, filepath.FromSlash(name)))
		if got := hex.EncodeToString(sum[:]); got != digest {
			t.Errorf("%s is %s, but %s in SHA256SUMS: run `make examples`, and commit what it builds", name, got, digest)
		}
	}
}

// With the compilers they were made with, the committed modules come out again, byte for byte.
func TestExamplesCanBeBuiltAgain(t *testing.T) {
	for language, compiler := range map[string]struct{ program, version string }{
		"c":    {"clang-19", "version 19.1.7"},
		"rust": {"/usr/bin/rustc", "rustc 1.63.0"},
	} {
		t.Run(language, func(t *testing.T) {
			version, err := exec.Command(compiler.program, "--version").Output()
			if err != nil || !strings.Contains(string(version), compiler.version) {
				t.Skipf("NOT RUN: %s with %q is not installed here (%v); apt-get install clang-19 lld-19 rustc libstd-rust-dev-wasm32", compiler.program, compiler.version, err)
			}
			out := filepath.Join(t.TempDir(), "handler.wasm")
			build := exec.Command("make", "OUT="+out, "RUSTC=/usr/bin/rustc")
			build.Dir = filepath.Join(hosttest.Root(t), "guests", "examples", language)
			if text, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			built, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if string(built) != string(example(t, language, "handler.wasm")) {
				t.Error("another module came out: run `make examples`, and commit what it builds")
			}
		})
	}
}

// example returns a file of guests/examples.
func example(t *testing.T, path ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{hosttest.Root(t), "guests", "examples"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return content
}
