package backup

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// damage rewrites a file.
func damage(t *testing.T, path string, change func(content []byte) []byte) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// firstOfEachKind returns a file of each kind in a store: a table, a log, the engine's manifest and so on.
func firstOfEachKind(t *testing.T, store string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(store)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, entry := range entries {
		kind := strings.Trim(entry.Name(), "0123456789-")
		if info, err := entry.Info(); err != nil || kinds[kind] || info.Size() == 0 {
			continue
		}
		kinds[kind] = true
		names = append(names, entry.Name())
	}
	if len(names) < 5 {
		t.Fatalf("only %v", names)
	}
	return names
}

func flipBit(content []byte) []byte {
	content[len(content)/2] ^= 0x10
	return content
}

func truncate(content []byte) []byte { return content[:len(content)-1] }

// wantDamaged verifies and restores the backup, which must fail and name exactly these files, and change nothing.
func wantDamaged(t *testing.T, dir string, want ...Problem) {
	t.Helper()
	before := tree(t, dir)
	into := filepath.Join(t.TempDir(), "data.db")
	_, verified := Verify(t.Context(), dir)
	_, restored := PlanRestore(t.Context(), dir, Box{Store: into})
	for verb, err := range map[string]error{"verify": verified, "restore": restored} {
		var d *DamagedError
		if !errors.As(err, &d) {
			t.Errorf("%s: %v", verb, err)
			continue
		}
		if len(d.Problems) != len(want) {
			t.Errorf("%s found %v, want %v", verb, d.Problems, want)
		}
		for i, p := range d.Problems[:min(len(d.Problems), len(want))] {
			if p.File != want[i].File || !strings.Contains(p.What, want[i].What) || !strings.Contains(err.Error(), p.File+": "+p.What) {
				t.Errorf("%s found %+v, want %+v, in %v", verb, p, want[i], err)
			}
		}
	}
	wantAbsent(t, into)
	wantAbsent(t, into+".partial")
	if len(before) != len(tree(t, dir)) {
		t.Error("the backup was changed")
	}
}

func TestEveryDamageIsNamed(t *testing.T) {
	dir, _ := made(t)
	names := []string{configName, modulesName + "/" + oneModule}
	for _, name := range firstOfEachKind(t, filepath.Join(dir, storeName)) {
		names = append(names, storeName+"/"+name)
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for kind, test := range map[string]struct {
			harm func() error
			want string
		}{
			"one bit":   {func() error { return os.WriteFile(path, flipBit(bytes.Clone(content)), 0o600) }, "SHA-256"},
			"truncated": {func() error { return os.WriteFile(path, truncate(content), 0o600) }, "bytes, and had"},
			"longer":    {func() error { return os.WriteFile(path, append(bytes.Clone(content), 0), 0o600) }, "bytes, and had"},
			"missing":   {func() error { return nil }, "missing"},
			"directory": {func() error { return os.Mkdir(path, 0o700) }, "not a regular file"},
			"link":      {func() error { return os.Symlink(filepath.Join(dir, manifestName), path) }, "not a regular file"},
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				if err := test.harm(); err != nil {
					t.Fatal(err)
				}
				wantDamaged(t, dir, Problem{name, test.want})
			})
		}
		if err := errors.Join(os.RemoveAll(path), os.WriteFile(path, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Verify(t.Context(), dir); err != nil {
		t.Errorf("after all was mended: %v", err)
	}
}

func TestFilesThatDoNotBelongAreNamed(t *testing.T) {
	dir, _ := made(t)
	for _, name := range []string{"more", "store/LOCK", "store/999999.sst", "modules/x.wasm"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		wantDamaged(t, dir, Problem{name, "does not belong"})
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestATamperedManifestIsNamed(t *testing.T) {
	for name, test := range map[string]struct {
		change func([]byte) []byte
		want   string
	}{
		"one bit":          {func(b []byte) []byte { b[bytes.Index(b, []byte("sha256"))+12] ^= 1; return b }, "changed"},
		"another sequence": {func(b []byte) []byte { return bytes.Replace(b, []byte(": 30,"), []byte(": 29,"), 1) }, "changed"},
		"truncated":        {func(b []byte) []byte { return b[:len(b)/2] }, "not a manifest"},
		"empty":            {func([]byte) []byte { return nil }, "not a manifest"},
		"a newer one":      {func([]byte) []byte { return []byte(`{"format": 9}`) }, "newer version"},
		"too large":        {func(b []byte) []byte { return append(b, make([]byte, maxManifestBytes)...) }, "not a manifest"},
		"a file less": {func(b []byte) []byte {
			m, err := parseManifest(b)
			if err != nil {
				panic(err)
			}
			m.Files = m.Files[1:]
			return m.encode() // with a digest that fits
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir, m := made(t)
			damage(t, filepath.Join(dir, manifestName), test.change)
			if test.want == "" {
				wantDamaged(t, dir, Problem{m.Files[0].Name, "does not belong"})
				return
			}
			wantDamaged(t, dir, Problem{manifestName, test.want})
		})
	}
}

func TestASequenceThatIsNotTheStoresIsNamed(t *testing.T) {
	dir, _ := made(t)
	damage(t, filepath.Join(dir, manifestName), func(b []byte) []byte {
		m, err := parseManifest(b)
		if err != nil {
			t.Fatal(err)
		}
		m.Sequence--
		return m.encode()
	})
	wantDamaged(t, dir, Problem{storeName, "ends with commit 30, and the manifest says 29"})
}

func TestAllDamageIsListedAtOnce(t *testing.T) {
	dir, _ := made(t)
	names := firstOfEachKind(t, filepath.Join(dir, storeName))
	damage(t, filepath.Join(dir, storeName, names[0]), flipBit)
	damage(t, filepath.Join(dir, storeName, names[1]), truncate)
	if err := os.Remove(filepath.Join(dir, storeName, names[2])); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "zzz"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want := []Problem{
		{"zzz", "does not belong"},
		{filepath.Join(storeName, names[0]), "SHA-256"},
		{filepath.Join(storeName, names[1]), "bytes, and had"},
		{filepath.Join(storeName, names[2]), "missing"},
	}
	slices.SortFunc(want[1:], func(a, b Problem) int { return strings.Compare(a.File, b.File) })
	wantDamaged(t, dir, want...)
}

func TestWhatIsNoBackupIsSaid(t *testing.T) {
	if _, err := Verify(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	wantDamaged(t, t.TempDir(), Problem{manifestName, "missing: this is no backup"})
}

// The store of an older version has to be brought up to date before it can be read, and a backup is not changed. Its files
// are checked all the same.
func TestABackupOfAnOlderVersion(t *testing.T) {
	dir, m := made(t)
	damage(t, filepath.Join(dir, manifestName), func([]byte) []byte {
		m.StoreFormat--
		m.Sequence++ // would be found if the store were opened
		return m.encode()
	})
	if _, err := Verify(t.Context(), dir); err != nil {
		t.Error(err)
	}
	damage(t, filepath.Join(dir, m.Files[0].Name), flipBit)
	wantDamaged(t, dir, Problem{m.Files[0].Name, "SHA-256"})
}

func TestNamesAreShownHarmlessly(t *testing.T) {
	err := &DamagedError{Dir: "backup", Problems: []Problem{{"store/\x1b[2J\n", "missing"}, {"store/FORMAT", "missing"}}}
	if got, want := err.Error(), "backup is not whole:\n  \"store/\\x1b[2J\\n\": missing\n  store/FORMAT: missing"; got != want {
		t.Errorf("got %s", got)
	}
}
