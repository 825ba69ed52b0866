package lsm_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"workcell/storage/lsm"
)

func TestReadingAStoreChangesNothing(t *testing.T) {
	dir := t.TempDir()
	engine := open(t, dir, lsm.Options{})
	put(t, engine, "a", "1") // stays in the log
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	before := listing(t, dir)
	for range 2 {
		engine, err := lsm.OpenReadOnly(dir, lsm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if a := get(t, engine, "a"); a != "1" {
			t.Errorf("a = %q", a)
		}
		b := engine.NewBatch()
		if err := errors.Join(b.Begin(), b.Put([]byte("a"), []byte("2"))); err != nil {
			t.Fatal(err)
		}
		if err := b.Apply(); err == nil {
			t.Error("a write was applied")
		}
		b.Reset()
		wantRefused(t, dir, lsm.Options{}, lsm.ErrLocked)
		if err := engine.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if after := listing(t, dir); !maps.Equal(before, after) {
		t.Errorf("the directory holds %v, before %v", after, before)
	}
}

func TestReadingRefusesWhatIsNoStore(t *testing.T) {
	locked := t.TempDir()
	defer open(t, locked, lsm.Options{}).Close()
	write := func(name, text string) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for name, test := range map[string]struct {
		dir    string
		reason error
	}{
		"no directory":                     {filepath.Join(t.TempDir(), "none"), lsm.ErrAbsent},
		"an empty directory":               {t.TempDir(), lsm.ErrAbsent},
		"a store whose making was cut off": {write("FORMAT", "workcell-store 1 creating\n"), lsm.ErrAbsent},
		"a store in use":                   {locked, lsm.ErrLocked},
		"somebody else's files":            {write("FORMAT", "ext4\n"), lsm.ErrForeign},
		"a newer store":                    {write("FORMAT", "workcell-store 999\n"), lsm.ErrNewer},
		"a store without its files":        {write("FORMAT", "workcell-store 1\n"), lsm.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			engine, err := lsm.OpenReadOnly(test.dir, lsm.Options{})
			if err == nil {
				engine.Close()
			}
			var refused *lsm.OpenError
			if !errors.Is(err, test.reason) || !errors.As(err, &refused) || refused.Hint == "" {
				t.Errorf("got %v, want %v with a hint", err, test.reason)
			}
		})
	}
}
