package backup

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestARestoreKeepsAConfigurationThatIsThere(t *testing.T) {
	dir, _ := made(t)
	into := beside(filepath.Join(t.TempDir(), "data.db"))
	if err := errors.Join(os.MkdirAll(into.Modules, 0o700), os.WriteFile(into.Config, []byte("mine"), 0o600),
		os.WriteFile(filepath.Join(into.Modules, oneModule), []byte("damaged"), 0o600),
		os.WriteFile(filepath.Join(into.Modules, "more"), []byte("more"), 0o600)); err != nil {
		t.Fatal(err)
	}
	p, err := PlanRestore(t.Context(), dir, into)
	if err != nil {
		t.Fatal(err)
	}
	if p.Keeps != into.Config || slices.ContainsFunc(p.Files, func(f File) bool { return f.Name == configName }) {
		t.Errorf("the plan keeps %q and copies %v", p.Keeps, p.Files)
	}
	if _, err := p.Run(t.Context(), Options{}); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(into.Config); err != nil || string(content) != "mine" {
		t.Errorf("the configuration is %q, %v", content, err)
	}
	want := map[string]string{oneModule: "one", anotherModule: "another", "more": "more"}
	if got := tree(t, into.Modules); !maps.Equal(got, want) {
		t.Errorf("modules %v", got)
	}
}

// A restore that is cut off just before the store appears is repeated.
func TestARestoreIsRepeatedAfterTheModules(t *testing.T) {
	dir, _ := made(t)
	into := beside(filepath.Join(t.TempDir(), "data.db"))
	for range 2 {
		p, err := PlanRestore(t.Context(), dir, into)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.prepare(); err != nil {
			t.Fatal(err)
		}
		if _, err := p.fill(t.Context(), newCopier(Options{})); err != nil {
			t.Fatal(err)
		}
		if err := p.publishBeside(); err != nil {
			t.Fatal(err)
		}
		wantAbsent(t, into.Store)
	}
	p, err := PlanRestore(t.Context(), dir, into)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(t.Context(), Options{}); err != nil {
		t.Fatal(err)
	}
	wantWhole(t, p)
}

func TestAConfigurationThatAppearsIsNotReplaced(t *testing.T) {
	dir, _ := made(t)
	into := beside(filepath.Join(t.TempDir(), "data.db"))
	p, err := PlanRestore(t.Context(), dir, into)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(into.Config), 0o700), os.WriteFile(into.Config, []byte("mine"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(t.Context(), Options{}); !errors.Is(err, errAppeared) || !strings.Contains(err.Error(), into.Config) {
		t.Errorf("got %v", err)
	}
	wantAbsent(t, into.Store)
	if content, err := os.ReadFile(into.Config); err != nil || string(content) != "mine" {
		t.Errorf("the configuration is %q, %v", content, err)
	}
}

// A backup as they were before there was more in them than the store.
func TestABackupOfTheStoreOnlyStaysGood(t *testing.T) {
	dir, _ := made(t)
	if err := errors.Join(os.RemoveAll(filepath.Join(dir, modulesName)), os.Remove(filepath.Join(dir, configName))); err != nil {
		t.Fatal(err)
	}
	damage(t, filepath.Join(dir, manifestName), func(text []byte) []byte {
		m, err := parseManifest(text)
		if err != nil {
			t.Fatal(err)
		}
		m.Format = storeOnly
		m.Files = slices.DeleteFunc(m.Files, func(f File) bool { return !strings.HasPrefix(f.Name, storeName+"/") })
		for i := range m.Files {
			m.Files[i].Name = filepath.Base(m.Files[i].Name)
		}
		return m.encode()
	})
	if m, err := Verify(t.Context(), dir); err != nil || m.Format != storeOnly || !strings.HasPrefix(m.Files[0].Name, storeName+"/") {
		t.Fatalf("%+v, %v", m, err)
	}
	into := beside(filepath.Join(t.TempDir(), "data.db"))
	p, err := PlanRestore(t.Context(), dir, into)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(t.Context(), Options{}); err != nil {
		t.Fatal(err)
	}
	if names, last := namesIn(t, into.Store); last != p.Sequence || len(names) != int(last) {
		t.Errorf("%d names and commit %d, want %d", len(names), last, p.Sequence)
	}
	wantAbsent(t, into.Config)
	wantAbsent(t, into.Modules)
	damage(t, filepath.Join(dir, p.Files[0].Name), flipBit)
	wantDamaged(t, dir, Problem{p.Files[0].Name, "SHA-256"})
}
