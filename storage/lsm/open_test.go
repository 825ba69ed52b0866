package lsm_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"workcell/storage"
	"workcell/storage/lsm"
)

// wantRefused opens dir, which must fail with reason, a hint, and no change to the directory.
func wantRefused(t *testing.T, dir string, options lsm.Options, reason error) *lsm.OpenError {
	t.Helper()
	engine, err := lsm.Open(dir, options)
	if err == nil {
		engine.Close()
		t.Fatalf("opened, want %q", reason)
	}
	var refused *lsm.OpenError
	if !errors.Is(err, reason) || !errors.As(err, &refused) || refused.Hint == "" || !strings.Contains(err.Error(), refused.Hint) {
		t.Fatalf("error %q, want reason %q with a hint", err, reason)
	}
	return refused
}

// filled returns a directory with a closed store in it.
func filled(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "new", "data")
	engine := open(t, dir, lsm.Options{})
	put(t, engine, "a", "1")
	if err := errors.Join(engine.Flush(), engine.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func put(t *testing.T, engine storage.Engine, key, value string) {
	t.Helper()
	b := engine.NewBatch()
	if err := errors.Join(b.Begin(), b.Put([]byte(key), []byte(value)), b.Apply(), b.Sync()); err != nil {
		t.Fatal(err)
	}
	b.Reset()
}

func get(t *testing.T, engine storage.Engine, key string) string {
	t.Helper()
	b := engine.NewBatch()
	defer b.Reset()
	if err := b.Begin(); err != nil {
		t.Fatal(err)
	}
	value, _, err := b.Get([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return string(value)
}

func TestOpenCreatesAndReopens(t *testing.T) {
	dir := filled(t)
	engine := open(t, dir, lsm.Options{})
	if got := get(t, engine, "a"); got != "1" {
		t.Fatalf("a = %q", got)
	}
	if bytes := engine.Metrics().DiskBytes; bytes == 0 {
		t.Fatal("no bytes on disk")
	}
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "FORMAT"))
	if err != nil || string(text) != "workcell-store 1\n" {
		t.Fatalf("FORMAT = %q, %v", text, err)
	}
}

func TestOpenRefusesALockedDirectory(t *testing.T) {
	dir := t.TempDir()
	engine := open(t, dir, lsm.Options{})
	wantRefused(t, dir, lsm.Options{}, lsm.ErrLocked)
	put(t, engine, "a", "1")
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, lsm.Options{}).Close()
}

// TestOpenInAnotherProcess is run by TestOpenRefusesADirectoryLockedByAnotherProcess in a process of its own.
func TestOpenInAnotherProcess(t *testing.T) {
	if dir := os.Getenv("LSM_TEST_LOCKED"); dir != "" {
		wantRefused(t, dir, lsm.Options{}, lsm.ErrLocked)
	}
}

func TestOpenRefusesADirectoryLockedByAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	engine := open(t, dir, lsm.Options{})
	defer engine.Close()
	child := exec.Command(os.Args[0], "-test.run=^TestOpenInAnotherProcess$")
	child.Env = append(os.Environ(), "LSM_TEST_LOCKED="+dir)
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestOpenRefusesAPathThatIsNoDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, file, lsm.Options{}, lsm.ErrNotDirectory)
	wantRefused(t, filepath.Join(file, "below"), lsm.Options{}, lsm.ErrNotDirectory)
}

func TestOpenRefusesForeignDirectories(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"something of somebody":    {"notes.txt": "hello"},
		"another engine's files":   {"000002.log": "", "MANIFEST-000001": ""},
		"a FORMAT file not ours":   {"FORMAT": "BagIt-Version: 1.0\n"},
		"a FORMAT file of zeroes":  {"FORMAT": "\x00\x00\x00\x00"},
		"a FORMAT without version": {"FORMAT": "workcell-store\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			wantRefused(t, dir, lsm.Options{}, lsm.ErrForeign)
			for name, text := range files {
				if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
					t.Fatalf("%s is now %q, %v", name, got, err)
				}
			}
		})
	}
}

func TestOpenRefusesANewerFormat(t *testing.T) {
	dir := filled(t)
	if err := os.WriteFile(filepath.Join(dir, "FORMAT"), []byte("workcell-store 2 with something new\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused := wantRefused(t, dir, lsm.Options{}, lsm.ErrNewer)
	if !strings.Contains(refused.Hint, "backup") {
		t.Fatalf("hint %q", refused.Hint)
	}
}

func TestOpenReportsDamage(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, path string, info os.FileInfo) error{
		"manifests are missing": func(t *testing.T, path string, _ os.FileInfo) error {
			if strings.Contains(path, "MANIFEST-") || strings.Contains(path, "marker.manifest") {
				return os.Remove(path)
			}
			return nil
		},
		"everything but FORMAT is missing": func(t *testing.T, path string, _ os.FileInfo) error {
			if !strings.HasSuffix(path, "FORMAT") {
				return os.Remove(path)
			}
			return nil
		},
		"a table is missing": func(t *testing.T, path string, _ os.FileInfo) error {
			if strings.HasSuffix(path, ".sst") {
				return os.Remove(path)
			}
			return nil
		},
		"a table is cut off": func(t *testing.T, path string, info os.FileInfo) error {
			if strings.HasSuffix(path, ".sst") {
				return os.Truncate(path, info.Size()/2)
			}
			return nil
		},
		"a manifest is overwritten": func(t *testing.T, path string, info os.FileInfo) error {
			if strings.Contains(path, "MANIFEST-") && !strings.Contains(path, "marker") {
				return os.WriteFile(path, []byte(strings.Repeat("rubbish!", int(info.Size()/8))), 0o600)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filled(t)
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				info, err := e.Info()
				if err != nil {
					t.Fatal(err)
				}
				if err := damage(t, filepath.Join(dir, e.Name()), info); err != nil {
					t.Fatal(err)
				}
			}
			wantRefused(t, dir, lsm.Options{}, lsm.ErrDamaged)
		})
	}
}

// A crash at any moment of the first open must leave a directory that opens.
func TestCrashDuringFirstOpen(t *testing.T) {
	for _, left := range []string{
		"",
		"FORMAT.tmp",
		"FORMAT=workcell-store 1 creating\n",
	} {
		dir := t.TempDir()
		name, text, _ := strings.Cut(left, "=")
		if name != "" {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		open(t, dir, lsm.Options{}).Close()
	}
	// The engine's files are complete, the FORMAT file has not heard of it yet.
	dir := filled(t)
	if err := os.WriteFile(filepath.Join(dir, "FORMAT"), []byte("workcell-store 1 creating\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	engine := open(t, dir, lsm.Options{})
	defer engine.Close()
	if got := get(t, engine, "a"); got != "1" {
		t.Fatalf("a = %q", got)
	}
}

func TestOpenCannotReadTheDirectory(t *testing.T) {
	refused := wantRefused(t, "data", lsm.Options{FS: deniedFS{vfs.NewMem()}}, lsm.ErrAccess)
	if !errors.Is(refused, os.ErrPermission) {
		t.Fatalf("%v has lost its cause", refused)
	}
}

// deniedFS makes no directories.
type deniedFS struct{ vfs.FS }

func (deniedFS) MkdirAll(dir string, _ os.FileMode) error {
	return &os.PathError{Op: "mkdir", Path: dir, Err: os.ErrPermission}
}
