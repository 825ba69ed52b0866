package e2e

import (
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"workcell/host/client"
	"workcell/host/fsck"
	"workcell/storage/key"
	"workcell/storage/lsm"
)

// check runs the command on the store of a directory and returns its exit code and report.
func check(t *testing.T, dir string) (code int, report fsck.Report) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), command.path, "fsck", "--dir", dir, "--json").Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("exit code %d, %v:\n%s", code, err, out)
	}
	return code, report
}

// A record that is gone is damage that only the rules know of: the handler finds it, in the sandbox of the command.
func TestFsckAsksTheHandlers(t *testing.T) {
	dir := t.TempDir()
	p := spawn(t, dir)
	c, err := client.Dial(soon(t), p.url, client.Options{User: ann})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	project := newProject(t, c)
	newTask(t, c, project.Id, "Dig")
	newTask(t, c, project.Id, "Fill")
	p.kill(t)

	code, report := check(t, dir)
	if code != 0 || report.Found() != 0 || len(report.Unchecked) != 0 {
		t.Errorf("exit code %d, found %v, unchecked %v", code, report.Problems, report.Unchecked)
	}
	for _, want := range []fsck.Count{{Where: "board", What: "projects", N: 1}, {Where: "board", What: "work items", N: 2}} {
		if !slices.Contains(report.Counts, want) {
			t.Errorf("counted %v, want %v", report.Counts, want)
		}
	}

	remove(t, dir, append(key.AppendDataSet(nil, "board"), 'p'))
	code, report = check(t, dir)
	if code != 1 || report.Found() == 0 {
		t.Fatalf("exit code %d, found %v", code, report.Problems)
	}
	for _, problem := range report.Problems {
		if problem.Where != "board" {
			t.Errorf("found %+v", problem)
		}
	}
}

// remove deletes the first record behind a prefix from the store of a server that does not run.
func remove(t *testing.T, dir string, prefix []byte) {
	t.Helper()
	engine, err := lsm.Open(filepath.Join(dir, "data.db"), lsm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	batch := engine.NewBatch()
	if err := batch.Begin(); err != nil {
		t.Fatal(err)
	}
	var first []byte
	err = batch.Scan(prefix, key.AppendEnd(nil, prefix), false, func(k, _ []byte) bool {
		first = slices.Clone(k)
		return false
	})
	if err != nil || first == nil {
		t.Fatalf("no record behind %q: %v", prefix, err)
	}
	if err := errors.Join(batch.Delete(first), batch.Apply(), batch.Sync()); err != nil {
		t.Fatal(err)
	}
	batch.Reset()
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
}
