package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"workcell/host/deploy"
	"workcell/storage/catalog"
	"workcell/storage/storagetest"
)

// drop puts a file into the watched directory, whole.
func (w *world) drop(name string, content []byte) {
	w.t.Helper()
	dir := filepath.Join(w.dir, deploy.WatchedDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.t.Fatal(err)
	}
	part := filepath.Join(dir, "."+name)
	if err := os.WriteFile(part, content, 0o600); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(part, filepath.Join(dir, name)); err != nil {
		w.t.Fatal(err)
	}
}

func TestFilesOfTheDirectoryComeIntoService(t *testing.T) {
	dir, engine := t.TempDir(), storagetest.NewMemory()
	w := worldIn(t, dir, engine, options{builtin: []*guest{hello("1.0.0")}, keep: 9})
	w.drop("hello.wasm", hello("1.1.0").wasm())
	w.reaches(1, catalog.Active)
	w.drop("hello.wasm", hello("1.1.0").wasm()[:100]) // a copy that was cut off
	if reason := w.reaches(2, catalog.Rejected); !strings.Contains(reason, "rename it when it is complete") {
		t.Errorf("refused for %q", reason)
	}
	w.drop("hello.wasm", hello("1.2.0").wasm()) // and then made anew
	w.reaches(3, catalog.Active)
	w.drop("hello.wasm", hello("1.1.0").wasm()) // back to what was there
	w.reaches(4, catalog.Active)
	w.drop("notes.txt", []byte("no handler"))
	w.drop("tiny.wasm", named("tiny", 2001).wasm())
	w.reaches(5, catalog.Active)

	engine = w.engine
	w.stop()
	w = worldIn(t, dir, engine.Crash(0), options{builtin: []*guest{hello("1.0.0")}, keep: 9})
	w.drop("last.wasm", named("last", 2002).wasm())
	w.reaches(6, catalog.Active) // nothing came before it: what lay there was known
	w.wants("hello 1.0.0 retired, hello 1.1.0 retired, ? ? rejected, hello 1.2.0 retired, hello 1.1.0 active, tiny 1.0.0 active, last 1.0.0 active")
}

// A file that is replaced while it is read is read again.
func TestAFileThatChangesIsReadAgain(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}, keep: 99})
	final := hello("9.9.9").wasm()
	for i := range 20 {
		w.drop("hello.wasm", hello("1.0.0").wasm()[:50+i])
	}
	w.drop("hello.wasm", final)
	w.until("the last one is active", func() bool {
		for _, e := range w.events {
			if e.State == catalog.Active && e.Hash == catalog.HashOf(final) {
				return true
			}
		}
		return false
	})
	if got := w.call(2000, ""); got != "9.9.9" {
		t.Errorf("replies %q", got)
	}
}
