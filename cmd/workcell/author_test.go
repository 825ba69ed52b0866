package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"workcell/abi"
	"workcell/host/config"
	"workcell/host/hosttest"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
)

// The scripts of testdata/author find modules beside them.
func TestAuthorScripts(t *testing.T) {
	bin := t.TempDir()
	hosttest.Binary(t, bin)
	example, err := os.ReadFile(filepath.Join(hosttest.Root(t), "guests", "examples", "c", "handler.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string][]byte{"handler.wasm": example, "board.wasm": hosttest.Guest(t, "./guests/handlers/board")}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "author"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(os.PathListSeparator)+env.Getenv("PATH"))
			for name, wasm := range modules {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), wasm, 0o600); err != nil {
					return err
				}
			}
			env.Setenv("PM_HANDLER_EXECUTION_LIMIT_MS", "20000")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"serving": serving},
	})
}

// guide returns the guide for authors of handlers.
func guide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(hosttest.Root(t), "docs", "handlers.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The console blocks of the guide are run as they stand, in one directory after the other's work: "$ " begins a command,
// and the lines below it stand in its output, in this order. A network is not there.
func TestTheGuideIsTrue(t *testing.T) {
	bin, dir := t.TempDir(), t.TempDir()
	hosttest.Binary(t, bin)
	env := append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "GOPROXY=off", "GOFLAGS=")
	blocks := strings.Split(guide(t), "```console\n")[1:]
	if len(blocks) != 3 {
		t.Fatalf("%d console blocks", len(blocks))
	}
	for _, block := range blocks {
		block, _, ok := strings.Cut(block, "```")
		if !ok {
			t.Fatal("a block without an end")
		}
		at := dir
		for _, part := range strings.Split(block, "$ ")[1:] {
			command, expected, _ := strings.Cut(part, "\n")
			run := exec.Command("sh", "-c", "cd "+at+" && "+command+" && pwd > "+filepath.Join(bin, "pwd"))
			run.Env = env
			output, err := run.CombinedOutput()
			if err != nil {
				t.Fatalf("%s\n%v\n%s", command, err, output)
			}
			if strings.HasPrefix(command, "cd ") {
				now, err := os.ReadFile(filepath.Join(bin, "pwd"))
				if err != nil {
					t.Fatal(err)
				}
				at = strings.TrimSpace(string(now))
			}
			rest := string(output)
			for line := range strings.Lines(expected) {
				line = strings.TrimSpace(line)
				_, after, found := strings.Cut(rest, line)
				if !found {
					t.Errorf("%s\nlacks %q, or has it in another place:\n%s", command, line, output)
					break
				}
				rest = after
			}
		}
	}
}

func TestTheGuideNamesEveryFunction(t *testing.T) {
	text := guide(t)
	for _, f := range hostcall.Functions() {
		if f.Module != abi.Module {
			continue
		}
		_, signature, found := strings.Cut(text, "| `"+f.Name+"(")
		if !found {
			t.Errorf("%s is missing", f.Name)
			continue
		}
		signature, _, _ = strings.Cut(signature, "`")
		parameters, result, _ := strings.Cut(signature, ")")
		if got := strings.Count(parameters, ",") + 1; parameters != "" && got != len(f.Params) || parameters == "" && len(f.Params) > 0 {
			t.Errorf("%s(%s) has %d parameters", f.Name, parameters, len(f.Params))
		}
		if isLong := len(f.Results) == 1 && f.Results[0] == sandbox.I64; (result != "") != (len(f.Results) == 1) || isLong != (result == " -> i64") {
			t.Errorf("%s returns%s, %v", f.Name, result, f.Results)
		}
	}
	for _, name := range []string{abi.ExportABI, abi.ExportDescribe, abi.ExportHandle, abi.ExportWarm, abi.ExportSelfTest, abi.ExportInitialize} {
		if !strings.Contains(text, "`"+name+"(") {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestTheLimitsOfTheGuideAreThoseOfTheCode(t *testing.T) {
	text, l, c := guide(t), sandbox.Limits{}.WithDefaults(), config.Default()
	mib := func(n int) string { return fmt.Sprintf("%d MiB", n>>20) }
	for _, row := range []string{
		fmt.Sprintf("a key | 1 to %d bytes", abi.MaxKeyBytes),
		"a value | " + mib(abi.MaxValueBytes),
		"request | " + mib(abi.MaxRequestBytes),
		"reply | " + mib(l.ReplyBytes),
		fmt.Sprintf("writes | %d with %s", l.Writes, mib(l.WriteBytes)),
		"bytes scanned | " + mib(l.ScanBytes),
		fmt.Sprintf("events | %d with %s, each to at most %d scopes", l.Events, mib(l.EventBytes), abi.MaxScopes),
		fmt.Sprintf("subscriptions of a connection | %d,", abi.MaxSubscriptions),
		fmt.Sprintf("calls of the host | %d", l.HostCalls),
		fmt.Sprintf("log lines | %d of %d bytes", l.LogLines, abi.MaxLogLineBytes),
		fmt.Sprintf("field and message of `fail` | %d bytes", abi.MaxFailBytes),
		fmt.Sprintf("random bytes at once | %d", abi.MaxRandomBytes),
		fmt.Sprintf("memory of an instance | %d MiB", c.HandlerMaxMemoryMiB),
		fmt.Sprintf("fuel | %d units", sandbox.DefaultFuel),
		fmt.Sprintf("time of a call | %d ms", c.HandlerExecutionLimit.Milliseconds()),
		fmt.Sprintf("module, manifest | %s, %d KiB", mib(sandbox.MaxModuleBytes), abi.MaxManifestBytes>>10),
	} {
		if !strings.Contains(text, "| "+row) {
			t.Errorf("the table lacks %q", row)
		}
	}
}

// A project has the sources of this repository, under its own name.
func TestAProjectIsTheExampleUnderAnotherName(t *testing.T) {
	for language, files := range map[string][]string{
		"go":   {"Makefile", "cases.json", "go.mod", "handler.go", "handler_test.go", "sandbox_test.go"},
		"c":    {"Makefile", "cases.json", "handler.c", "workcell.h"},
		"rust": {"Makefile", "cases.json", "handler.rs", "workcell.rs"},
	} {
		p, err := newProject("garden-notes", language)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if len(p.files[file]) == 0 {
				t.Errorf("%s: %s is missing", language, file)
			}
		}
		for name, content := range p.files {
			if bytes.Contains(content, []byte(example)) && !strings.HasPrefix(name, "workcell/") {
				t.Errorf("%s: %s still speaks of %s", language, name, example)
			}
			if strings.HasPrefix(name, "workcell/") && strings.HasSuffix(name, "_test.go") {
				t.Errorf("%s: %s is a test of ours", language, name)
			}
		}
	}
	module, err := os.ReadFile(filepath.Join(hosttest.Root(t), "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProject("notes", "go")
	if err != nil {
		t.Fatal(err)
	}
	_, version, _ := strings.Cut(string(module), "\ngo ")
	version, _, _ = strings.Cut(version, "\n")
	for _, file := range []string{"go.mod", "workcell/go.mod"} {
		if !strings.Contains(string(p.files[file]), "\ngo "+version+"\n") {
			t.Errorf("%s does not ask for Go %s, as this module does:\n%s", file, version, p.files[file])
		}
	}
	for _, language := range []string{"", "zig", "..", "/", "../../abi"} {
		if _, err := newProject("notes", language); err == nil {
			t.Errorf("language %q is taken", language)
		}
	}
}

func TestNamesOfHandlers(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "garden-notes": true, "9_lives": true, strings.Repeat("n", 64): true,
		"": false, "-a": false, "A": false, "a b": false, "a/b": false, "..": false, "naïve": false, strings.Repeat("n", 65): false,
	} {
		if isHandlerName(name) != want {
			t.Errorf("%q: %t", name, !want)
		}
	}
}
