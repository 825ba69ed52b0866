package backup

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"workcell/storage/catalog"
)

// beside is a box whose modules and configuration have a place beside its store.
func beside(store string) Box {
	return Box{Store: store, Modules: filepath.Join(store+".beside", "modules"), Config: filepath.Join(store+".beside", "config.toml")}
}

// wantFurnished fails unless a box has what furnish gives, for its owner only.
func wantFurnished(t *testing.T, box Box) {
	t.Helper()
	want := map[string]string{oneModule: "one", anotherModule: "another"}
	if got := tree(t, box.Modules); !maps.Equal(got, want) {
		t.Errorf("modules %v", got)
	}
	content, err := os.ReadFile(box.Config)
	if err != nil || string(content) != configured {
		t.Errorf("configuration %q, %v", content, err)
	}
	for _, path := range []string{box.Config, filepath.Join(box.Modules, oneModule)} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s may be read by others: %v, %v", path, info.Mode(), err)
		}
	}
}

// A box with a handler that is active, whose store is open.
func servingBox(t *testing.T) (checkpointer Checkpointer, c *catalog.Catalog, box Box) {
	t.Helper()
	box = boxIn(t.TempDir())
	engine, s := openStore(t, box.Store)
	furnish(t, box)
	c, err := catalog.Open(s, box.Modules)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Apply(t.Context(), catalog.Change{Put: []catalog.Deployment{
		{ID: 1, Hash: strings.TrimSuffix(oneModule, ".wasm"), Name: "board", Version: "1.2.3", State: catalog.Active},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return engine, c, box
}

// lendTo lends a checkpoint of a box to use.
func lendTo(t *testing.T, engine Checkpointer, box Box, use func(ctx context.Context, checkpoint string) error) error {
	t.Helper()
	l, err := NewLender(engine, box, box.Store+".checkpoint", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Lend(t.Context(), use)
}

func TestABackupHoldsAllOfABox(t *testing.T) {
	engine, c, box := servingBox(t)
	for _, stray := range []string{".new-123", "notes.wasm", strings.ToUpper(oneModule[:64]) + ".wasm"} {
		if err := os.WriteFile(filepath.Join(box.Modules, stray), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	into, restored := filepath.Join(t.TempDir(), "backup"), beside(filepath.Join(t.TempDir(), "data.db"))
	err := lendTo(t, engine, box, func(ctx context.Context, checkpoint string) error {
		// While the backup runs the box forgets its handlers: their files are kept for it.
		if err := c.Sweep(nil); err != nil {
			return err
		}
		p, err := PlanBackup(checkpoint, into, "1.2.3")
		if err != nil {
			return err
		}
		_, err = p.Run(ctx, Options{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wantFurnished(t, boxIn(into))
	p, err := PlanRestore(t.Context(), into, restored)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(t.Context(), Options{}); err != nil {
		t.Fatal(err)
	}
	wantFurnished(t, restored)
}

// The rule that a backup keeps, whatever a box has lost.
func TestAnActiveHandlerWithoutItsModule(t *testing.T) {
	engine, c, box := servingBox(t)
	into := filepath.Join(t.TempDir(), "backup")
	back := func() error {
		return lendTo(t, engine, box, func(ctx context.Context, checkpoint string) error {
			p, err := PlanBackup(checkpoint, into, "1.2.3")
			if err != nil {
				return err
			}
			_, err = p.Run(ctx, Options{})
			return err
		})
	}
	if err := c.Sweep(map[string]bool{strings.TrimSuffix(anotherModule, ".wasm"): true}); err != nil {
		t.Fatal(err)
	}
	if err := back(); !errors.Is(err, ErrNoModule) || !strings.Contains(err.Error(), "handler board 1.2.3 is active") || !strings.Contains(err.Error(), "push another") {
		t.Errorf("planned: %v", err)
	}
	wantAbsent(t, into)

	if _, err := c.Store([]byte("one")); err != nil {
		t.Fatal(err)
	}
	damage(t, filepath.Join(box.Modules, oneModule), flipBit)
	if err := back(); !errors.Is(err, errNotItsName) || !strings.Contains(err.Error(), oneModule) {
		t.Errorf("with a damaged one: %v", err)
	}
	wantAbsent(t, into)

	if _, err := c.Store([]byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := back(); err != nil {
		t.Fatal(err)
	}
	// Somebody takes it out of the backup, and writes a manifest that fits.
	if err := os.Remove(filepath.Join(into, modulesName, oneModule)); err != nil {
		t.Fatal(err)
	}
	damage(t, filepath.Join(into, manifestName), func(text []byte) []byte {
		m, err := parseManifest(text)
		if err != nil {
			t.Fatal(err)
		}
		m.Files = slices.DeleteFunc(m.Files, func(f File) bool { return f.Name == modulesName+"/"+oneModule })
		return m.encode()
	})
	wantDamaged(t, into, Problem{modulesName + "/" + oneModule, "missing, and handler board 1.2.3 is active"})
}

// Beside the store there may be nothing at all, as where nothing was ever pushed or set.
func TestABoxThatIsAStoreOnly(t *testing.T) {
	engine, s := openStore(t, filepath.Join(t.TempDir(), "data.db"))
	if _, err := write(s, "a", 10); err != nil {
		t.Fatal(err)
	}
	into := filepath.Join(t.TempDir(), "backup")
	m := backUp(t, engine, into)
	if slices.ContainsFunc(m.Files, func(f File) bool { return !strings.HasPrefix(f.Name, storeName+"/") }) {
		t.Errorf("it holds %v", m.Files)
	}
	if _, err := Verify(t.Context(), into); err != nil {
		t.Error(err)
	}
	target := beside(filepath.Join(t.TempDir(), "data.db"))
	p, err := PlanRestore(t.Context(), into, target)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(t.Context(), Options{}); err != nil {
		t.Fatal(err)
	}
	wantAbsent(t, target.Config)
	wantAbsent(t, target.Modules)
}

// Modules on another file system than the store are copied.
func TestModulesThatCannotBeLinked(t *testing.T) {
	dir := t.TempDir()
	from := filepath.Join(dir, "from")
	if err := os.WriteFile(from, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newCopier(Options{})
	for name, test := range map[string]struct {
		link  func(from, to string) error
		links bool
	}{
		"can":    {os.Link, true},
		"cannot": {func(string, string) error { return syscall.EXDEV }, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.link = test.link
			to := filepath.Join(dir, name)
			if err := c.linkOrCopy(t.Context(), from, to); err != nil {
				t.Fatal(err)
			}
			one, err := os.Stat(from)
			another, err2 := os.Stat(to)
			if content, err3 := os.ReadFile(to); errors.Join(err, err2, err3) != nil || string(content) != "one" || os.SameFile(one, another) != test.links {
				t.Errorf("%q, the same: %v, %v", content, os.SameFile(one, another), errors.Join(err, err2, err3))
			}
			none := filepath.Join(dir, "none")
			if err := c.linkOrCopy(t.Context(), none+"such", none); err != nil {
				t.Errorf("a file that is gone: %v", err)
			}
			wantAbsent(t, none)
		})
	}
}
