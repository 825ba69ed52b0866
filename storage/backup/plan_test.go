package backup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// planInto plans to copy something whole into a directory.
func planInto(t *testing.T) map[string]func(into string) (*Plan, error) {
	t.Helper()
	checkpoint, _ := sample(t)
	dir, _ := made(t)
	return map[string]func(into string) (*Plan, error){
		"backup":  func(into string) (*Plan, error) { return PlanBackup(checkpoint, into, "1.2.3") },
		"restore": func(into string) (*Plan, error) { return PlanRestore(t.Context(), dir, beside(into)) },
	}
}

func TestAnEmptyDirectoryIsATarget(t *testing.T) {
	for verb, plan := range planInto(t) {
		t.Run(verb, func(t *testing.T) {
			p, err := plan(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Run(t.Context(), Options{}); err != nil {
				t.Fatal(err)
			}
			wantWhole(t, p)
			// And then it is one no more.
			if _, err := plan(p.Into); !errors.Is(err, ErrNotEmpty) || !strings.Contains(err.Error(), p.Into) {
				t.Errorf("a second run: %v", err)
			}
		})
	}
}

func TestTargetsThatAreRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for verb, plan := range planInto(t) {
		for name, into := range map[string]string{"a file": file, "below a file": filepath.Join(file, "x")} {
			t.Run(verb+" "+name, func(t *testing.T) {
				if _, err := plan(into); err == nil {
					t.Error("planned")
				}
			})
		}
	}
}

// What should hold a backup is often not mounted.
func TestABackupIntoADirectoryThatIsNotThere(t *testing.T) {
	into := filepath.Join(t.TempDir(), "stick", "monday")
	_, err := planInto(t)["backup"](into)
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "mount") {
		t.Errorf("got %v", err)
	}
	wantAbsent(t, filepath.Dir(into))
}

func TestARestoreMakesTheDirectoriesAbove(t *testing.T) {
	p, err := planInto(t)["restore"](filepath.Join(t.TempDir(), "a", "b", "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(t.Context(), Options{}); err != nil {
		t.Fatal(err)
	}
	wantWhole(t, p)
}

func TestRoom(t *testing.T) {
	files := []File{{Name: "a", Bytes: 1 << 20}, {Name: "b", Bytes: 1 << 20}}
	enough := int64(2<<20 + 4*blockBytes + SpareBytes)
	for name, test := range map[string]struct {
		free int64
		room bool
	}{
		"just enough":  {enough, true},
		"a byte short": {enough - 1, false},
		"none":         {0, false},
		"unknown":      {-1, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := &Plan{Into: filepath.Join(t.TempDir(), "backup"), Files: files, Bytes: total(files), Free: test.free}
			if err := p.Room(); errors.Is(err, ErrNoSpace) == test.room {
				t.Errorf("room: %v", err)
			}
			if test.room {
				return
			}
			p.Partial = p.Into + ".partial"
			if _, err := p.Run(t.Context(), Options{}); !errors.Is(err, ErrNoSpace) {
				t.Errorf("run: %v", err)
			}
			wantAbsent(t, p.Partial)
		})
	}
}

func TestFreeSpaceIsThatOfTheTarget(t *testing.T) {
	if free := freeBytes(t.TempDir()); free == 0 || free < -1 {
		t.Errorf("free: %d", free)
	}
	if free := freeBytes(filepath.Join(t.TempDir(), "none")); free != -1 {
		t.Errorf("free where nothing is: %d", free)
	}
}

func TestMountPoints(t *testing.T) {
	if isMountPoint(t.TempDir()) {
		t.Error("a directory is said to be a mount point")
	}
	if _, err := os.Stat("/proc/self"); err == nil && !isMountPoint("/proc") {
		t.Error("/proc is said not to be a mount point")
	}
}

// A run that filled the disk can be repeated: what it left behind goes first.
func TestWhatAPartialCopyHoldsIsFree(t *testing.T) {
	dir := t.TempDir()
	if bytes := sizeOf(dir); bytes != 0 {
		t.Errorf("nothing has %d bytes", bytes)
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "store"), 0o700),
		os.WriteFile(filepath.Join(dir, "store", "a"), make([]byte, 1000), 0o600), os.WriteFile(filepath.Join(dir, "b"), make([]byte, 10), 0o600)); err != nil {
		t.Fatal(err)
	}
	if bytes := sizeOf(dir); bytes != 1010 {
		t.Errorf("the files have %d bytes", bytes)
	}
}
