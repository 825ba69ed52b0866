package lsm_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"workcell/storage"
	"workcell/storage/baddisk"
	"workcell/storage/lsm"
)

// hidden returns a store of a hundred rows, and between them in the same table many that a range delete hides. That is in the
// log, so nothing is compacted.
func hidden(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	engine := open(t, dir, lsm.Options{})
	write := func(f func(w storage.Batch) error) {
		b := engine.NewBatch()
		defer b.Reset()
		if err := errors.Join(b.Begin(), f(b), b.Apply(), b.Sync()); err != nil {
			t.Fatal(err)
		}
	}
	write(func(w storage.Batch) (err error) {
		for i := range 5000 {
			err = errors.Join(err, w.Put(fmt.Appendf(nil, "k%04d", i), fmt.Appendf(nil, "%0200d", i*i)))
		}
		return err
	})
	if err := engine.Flush(); err != nil {
		t.Fatal(err)
	}
	write(func(w storage.Batch) error { return w.DeleteRange([]byte("k0050"), []byte("k4950")) })
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// walk reads all rows.
func walk(t *testing.T, engine *lsm.Engine) (rows int, err error) {
	t.Helper()
	b := engine.NewBatch()
	defer b.Reset()
	if err := b.Begin(); err != nil {
		t.Fatal(err)
	}
	err = b.Scan(nil, nil, false, func(_, _ []byte) bool {
		rows++
		return true
	})
	return rows, err
}

// What a range delete hides no reader of rows comes across, until a compaction does.
func TestDamageThatNoReaderOfRowsSees(t *testing.T) {
	dir := hidden(t)
	check := func() (rows int, entries uint64, err error) {
		engine, err := lsm.OpenReadOnly(dir, lsm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer engine.Close()
		if rows, err = walk(t, engine); err != nil {
			t.Fatal(err)
		}
		entries, err = engine.CheckLevels()
		return rows, entries, err
	}
	if rows, entries, err := check(); rows != 100 || entries != 5000+1 || err != nil {
		t.Fatalf("whole: %d rows of %d entries, %v", rows, entries, err)
	}
	path := largestTable(t, dir)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	rows, _, err := check()
	if rows != 100 || !errors.Is(err, storage.ErrCorrupt) || !strings.Contains(err.Error(), "check the levels") {
		t.Errorf("damaged: %d rows, %v", rows, err)
	}
}

// A disk that does not answer says nothing about what is on it.
func TestLevelsThatCannotBeRead(t *testing.T) {
	disk := baddisk.New(vfs.Default)
	engine, err := lsm.OpenReadOnly(hidden(t), lsm.Options{FS: disk})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	disk.Fail(syscall.EIO, ".sst", baddisk.Reads)
	if _, err := engine.CheckLevels(); !errors.Is(err, syscall.EIO) || errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}

func largestTable(t *testing.T, dir string) (path string) {
	t.Helper()
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil {
		t.Fatal(err)
	}
	largest := int64(0)
	for _, table := range tables {
		if info, err := os.Stat(table); err == nil && info.Size() > largest {
			path, largest = table, info.Size()
		}
	}
	return path
}
