package sandbox_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
)

// entry returns the one file of compiled code in a cache.
func entry(t testing.TB, dir string) string {
	t.Helper()
	var found []string
	for path := range files(t, dir) {
		if filepath.Ext(path) == "" {
			found = append(found, path)
		}
	}
	if len(found) != 1 {
		t.Fatalf("the cache holds %q, want one entry", found)
	}
	return found[0]
}

// A cache that is damaged costs the time to compile again: the engine's own format guards only the machine code, so that
// a changed byte elsewhere would run other code, or end the process.
func TestACacheThatIsDamagedIsWrittenAgain(t *testing.T) {
	dir := t.TempDir()
	replies(t, dir, "", saying("hello"))
	path := entry(t, dir)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	replies(t, other, "", saying("wrong"))
	foreign, err := os.ReadFile(entry(t, other))
	if err != nil {
		t.Fatal(err)
	}
	foreignSeal, err := os.ReadFile(entry(t, other) + ".seal")
	if err != nil {
		t.Fatal(err)
	}
	write := func(path string, content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	restarts := func(what string) {
		t.Helper()
		if got := replies(t, dir, "", saying("hello")); got != "hello" {
			t.Errorf("%s: replied %q", what, got)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, good) {
			t.Errorf("%s: the cache was not written again: %v", what, err)
		}
		before := files(t, dir)
		if replies(t, dir, "", saying("hello")); !sameFiles(before, files(t, dir)) {
			t.Errorf("%s: the start after the next one did not use the cache", what)
		}
	}
	step := max(1, len(good)/200)
	for at := 0; at < len(good); at += step {
		bad := bytes.Clone(good)
		bad[at] ^= 1 << (at % 8)
		write(path, bad)
		restarts("a changed bit")
	}
	for _, n := range []int{0, 1, 9, len(good) / 2, len(good) - 5, len(good) - 1} {
		write(path, good[:n])
		restarts("a file that is cut off")
	}
	write(path, append(bytes.Clone(good), 0))
	restarts("a file that is too long")
	write(path, foreign)
	restarts("the code of another module")
	write(path, foreign)
	write(path+".seal", foreignSeal)
	restarts("the code of another module with its seal")
	write(path+".seal", nil)
	restarts("a seal that is empty")
	if err := os.Remove(path + ".seal"); err != nil {
		t.Fatal(err)
	}
	restarts("no seal")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	restarts("a seal alone")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(path, "directory"), 0o700); err != nil {
		t.Fatal(err)
	}
	restarts("a directory")
	write(path+".123.tmp", good[:20]) // left by a process that was killed
	restarts("half a file")
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*.tmp")); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
}

// A cache that stops working while the host runs is no reason to refuse a handler.
func TestACacheThatFailsIsDoneWithout(t *testing.T) {
	dir := t.TempDir()
	e, err := sandbox.New(t.Context(), sandbox.Config{Functions: hostcall.Functions(), CacheDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close(t.Context())
	if err := os.RemoveAll(dir); err != nil { // it cannot be written
		t.Fatal(err)
	}
	c := newCall(2000, "")
	wants(t, sandbox.NewPool(load(t, e, saying("hello")), 1), c, sandbox.OK, "")
	if string(c.Effects.Reply) != "hello" {
		t.Errorf("replied %q", c.Effects.Reply)
	}
	if _, err := e.Load(t.Context(), tiny(code(opDrop)).bytes()); err == nil || strings.Contains(err.Error(), dir) {
		t.Errorf("code that does not validate: %v", err)
	}
}

func TestTablesAreBounded(t *testing.T) {
	n := newNeighbour(t)
	one := append([]byte{externref, 0}, uleb(10_000_000)...)
	n.wantsRefused(t, t.Context(), splice(tiny(i32(0)).bytes(), sectionTable, vec(1000, bytes.Repeat(one, 1000))), "tables have more than")
	half := append([]byte{externref, 0}, uleb(500_000)...)
	load(t, n.engine, splice(tiny(i32(0)).bytes(), sectionTable, vec(2, bytes.Repeat(half, 2))))
	n.wantsRefused(t, t.Context(), splice(tiny(i32(0)).bytes(), sectionTable, vec(3, bytes.Repeat(half, 3))), "tables have more than")
}
