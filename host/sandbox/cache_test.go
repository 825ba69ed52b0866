package sandbox_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
)

// A file of a cache is what tells whether it was written again.
type cached struct {
	size    int64
	changed time.Time
	inode   os.FileInfo
}

// files returns the files of a cache directory by name.
func files(t testing.TB, dir string) map[string]cached {
	t.Helper()
	found := map[string]cached{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			found[path] = cached{info.Size(), info.ModTime(), info}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// replies runs a start of the host: an engine with a code cache in dir, which loads a module and handles a message.
func replies(t testing.TB, dir string, kind string, module []byte) (reply string) {
	t.Helper()
	e, err := sandbox.New(t.Context(), sandbox.Config{Functions: hostcall.Functions(), CacheDir: dir, Kind: kind})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	c := newCall(2000, "")
	wants(t, sandbox.NewPool(load(t, e, module), 1), c, sandbox.OK, "")
	return string(c.Effects.Reply)
}

// saying returns a handler that replies with a text.
func saying(text string) []byte {
	w := tiny(code(i32(dataAt), i32(uint32(len(text))), opCall, 0, i32(0)))
	w.data = text + tinyManifest
	w.with(describeExport, func(f *wasmFunction) {
		f.code = code(i32(dataAt+uint32(len(text))), i32(uint32(len(tinyManifest))), opCall, 0)
	})
	return w.bytes()
}

const describeExport = "workcell_describe"

func TestASecondStartTakesItsCodeFromTheCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	if got := replies(t, dir, "", saying("hello")); got != "hello" {
		t.Errorf("replied %q", got)
	}
	first := files(t, dir)
	if len(first) == 0 {
		t.Fatal("nothing is in the cache")
	}
	if got := replies(t, dir, "", saying("hello")); got != "hello" {
		t.Errorf("replied %q from the cache", got)
	}
	if second := files(t, dir); !sameFiles(first, second) {
		t.Errorf("the cache was %v, after a second start it is %v", first, second)
	}
	if got := replies(t, dir, "", saying("goodbye")); got != "goodbye" {
		t.Errorf("replied %q", got)
	}
	if third := files(t, dir); len(third) <= len(first) {
		t.Errorf("another module is not in the cache: %v", third)
	}
}

// sameFiles reports whether no file was added, removed, replaced or written.
func sameFiles(a, b map[string]cached) bool {
	return maps.EqualFunc(a, b, func(x, y cached) bool {
		return x.size == y.size && x.changed.Equal(y.changed) && os.SameFile(x.inode, y.inode)
	})
}

// Two starts at once, and engines of both kinds, share a cache.
func TestACacheIsShared(t *testing.T) {
	dir := t.TempDir()
	done := make(chan string)
	kinds := []string{"", "", "", sandbox.KindInterpreter, sandbox.KindInterpreter}
	for _, kind := range kinds {
		go func() { done <- replies(t, dir, kind, saying("shared")) }() // ends with the test, which waits for it
	}
	for range kinds {
		if got := <-done; got != "shared" {
			t.Errorf("replied %q", got)
		}
	}
	for path := range files(t, dir) {
		if filepath.Ext(path) == ".tmp" {
			t.Errorf("%s was left behind", path)
		}
	}
}

func TestACacheThatCannotBeIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sandbox.New(t.Context(), sandbox.Config{CacheDir: file}); err == nil {
		t.Error("a file serves as the directory of a cache")
	}
}
