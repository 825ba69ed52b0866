package deploy_test

import (
	"errors"
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

func TestAKeyDecidesWhatIsTaken(t *testing.T) {
	public, private, err := deploy.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	_, stranger, err := deploy.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ship.pub"), public, 0o600); err != nil {
		t.Fatal(err)
	}
	w := worldIn(t, dir, storagetest.NewMemory(), options{builtin: []*guest{hello("1.0.0")}, keys: "ship.pub", keep: 9})
	wasm := hello("1.1.0").wasm()
	sign := func(wasm, key []byte) []byte {
		t.Helper()
		signature, err := deploy.Sign(wasm, key, "")
		if err != nil {
			t.Fatal(err)
		}
		return signature
	}
	for _, test := range []struct {
		name      string
		signature []byte
		want      string
	}{
		{"nothing", nil, "not signed"},
		{"rubbish", []byte("rubbish"), "not one of minisign"},
		{"something endless", make([]byte, 1<<20), "not one of minisign"},
		{"half a signature", sign(wasm, private)[:80], "not one of minisign"},
		{"the signature of another file", sign(hello("1.2.0").wasm(), private), "not that of these bytes"},
		{"the signature of a stranger", sign(wasm, stranger), "not trusted"},
	} {
		_, err := w.machine.Push(t.Context(), deploy.Request{Wasm: wasm, Signature: test.signature}, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "sign") {
			t.Errorf("with %s: pushed with %v, want %q", test.name, err, test.want)
		}
	}
	if got := w.call(2000, ""); got != "1.0.0" {
		t.Errorf("the running version replies %q", got)
	}
	d, err := w.machine.Push(t.Context(), deploy.Request{Wasm: wasm, Signature: sign(wasm, private)}, nil)
	if err != nil || len(d.Signer) != 16 || w.call(2000, "") != "1.1.0" {
		t.Errorf("signed: pushed with %+v, %v", d, err)
	}

	// Through the directory a signature may come later.
	next := hello("1.2.0").wasm()
	w.drop("hello.wasm", next)
	w.until("it is refused", func() bool {
		last := w.events[len(w.events)-1]
		return last.State == catalog.Rejected && strings.Contains(last.Reason, "not signed") && last.Hash == catalog.HashOf(next)
	})
	w.drop("hello.wasm"+deploy.SignatureSuffix, sign(next, private))
	w.until("it is active", func() bool {
		for _, e := range w.events {
			if e.State == catalog.Active && e.Version == "1.2.0" {
				return true
			}
		}
		return false
	})
}

// protected is a private key behind a password. Opening it takes a gigabyte of memory, so no test does.
const protected = `untrusted comment: minisign encrypted secret key
RWRTY0IyHni0Ipm91hCc32x0N1pBrA3ijUV1p6y2i53XvTuViAAAAAACAAAAAAAAAEAAAAAAew5G8T68f39aKHmoxkdWQ4CgmlXOz8NpXKPGZCPjze+rKNl/6j5Fi+Z/QG/V7mjJGQ4vi0Y1DOAtrb7Rg9zPFCwWNl2bjzz9FIgIeUlBXb5VaBFhJYHv1T4ANbbAXHxfsJXZ2NHFdYA=`

func TestKeysAreReadFromTextAndFiles(t *testing.T) {
	public, private, err := deploy.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(public))
	text := lines[len(lines)-1]
	for list, want := range map[string]int{"": 0, " , ": 0, text: 1, text + "," + text: 2} {
		if keys, err := deploy.ParseKeys(list, t.TempDir()); err != nil || len(keys) != want {
			t.Errorf("%q: %d keys, %v", list, len(keys), err)
		}
	}
	for _, list := range []string{"nonsense", "missing.pub", text[:20]} {
		if _, err := deploy.ParseKeys(list, t.TempDir()); err == nil || !strings.Contains(err.Error(), "workcell key new") {
			t.Errorf("%q: %v", list, err)
		}
	}
	if _, err := deploy.Sign([]byte("x"), []byte(protected), ""); !errors.Is(err, deploy.ErrPassword) || !strings.Contains(err.Error(), "--password-file") {
		t.Errorf("signed without the password: %v", err)
	}
	if _, err := deploy.Sign([]byte("x"), []byte("nonsense"), ""); err == nil {
		t.Error("signed without a key")
	}
	signature, err := deploy.Sign([]byte("x"), private, "")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := deploy.ParseKeys(text, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Verify([]byte("x"), signature); err != nil {
		t.Error(err)
	}
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
