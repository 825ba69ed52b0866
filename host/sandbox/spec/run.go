package spec

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// Transform rewrites a module before it is compiled. It may refuse a module that is malformed or invalid, and no other. It
// borrows wasm until it returns, and is called by several goroutines at once.
type Transform func(wasm []byte) ([]byte, error)

// Hooks let a Transform bring what its modules need. The zero value does nothing.
type Hooks struct {
	// Install prepares the fresh runtime of a script: it offers the host functions that transformed modules import. It is
	// called by several goroutines at once.
	Install func(context.Context, wazero.Runtime) error
	// Called is told of each call of a function, after it. The calls of a script come in order, and those of different
	// scripts at once.
	Called func(Call)
}

// Call is a call that a script has made.
type Call struct {
	Source string // of the script, "x.wast"
	Line   int
	Module api.Module // whose function it was
	Err    error      // of the engine: the call trapped
}

// Result counts the assertions of the suite, where each command of a script is one.
type Result struct {
	Passed int
	Failed int
	// Text are those on modules in the text format, which neither the engine nor a Transform reads.
	Text int
	// Departed are those that wazero is known not to meet (see departures).
	Departed int
	// Failures describe the failed ones, in the order of the suite.
	Failures []string
}

// String is one line: "N passed, N failed".
func (r Result) String() string { return fmt.Sprintf("%d passed, %d failed", r.Passed, r.Failed) }

// Add adds the counts and failures of other.
func (r *Result) Add(other Result) {
	r.Passed += other.Passed
	r.Failed += other.Failed
	r.Text += other.Text
	r.Departed += other.Departed
	r.Failures = append(r.Failures, other.Failures...)
}

// Run plays every script of the suite in dir, each in a runtime of its own, with as many side by side as there are
// processors. A nil transform leaves modules as they are. Failed assertions are in the Result and do not fail t; a suite
// that cannot be read, or is empty, does.
func Run(t testing.TB, dir string, rc wazero.RuntimeConfig, transform Transform, hooks Hooks) Result {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("no scripts in %s", dir)
	}
	results, errs := make([]Result, len(paths)), make([]error, len(paths))
	var players sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, path := range paths {
		free <- struct{}{}
		// Each ends with its script, and is waited for below.
		players.Go(func() {
			defer func() { <-free }()
			results[i], errs[i] = runScript(t.Context(), dir, filepath.Base(path), rc, transform, hooks)
		})
	}
	players.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	var total Result
	for _, r := range results {
		total.Add(r)
	}
	return total
}

// runScript plays one script.
func runScript(ctx context.Context, dir, name string, rc wazero.RuntimeConfig, transform Transform, hooks Hooks) (Result, error) {
	s, err := readScript(dir, name)
	if err != nil {
		return Result{}, err
	}
	p, err := newPlayer(ctx, dir, s.Source, rc, transform, hooks)
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", name, err)
	}
	var r Result
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.ModuleType == "text" {
			r.Text++
			continue
		}
		switch err := p.play(c); {
		case err == nil:
			r.Passed++
		case errors.Is(err, errDidNotFail) && departs(s.Source, c):
			r.Departed++
		default:
			r.Failed++
			r.Failures = append(r.Failures, fmt.Sprintf("%s:%d %s: %v", s.Source, c.Line, c.Type, err))
		}
	}
	return r, p.close()
}
