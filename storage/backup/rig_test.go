package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"workcell/storage"
	"workcell/storage/catalog"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// openStore opens the store in dir until the test ends, or Close.
func openStore(t *testing.T, dir string) (*lsm.Engine, *txn.Store) {
	t.Helper()
	engine, err := lsm.Open(dir, lsm.Options{CacheMiB: 1, MemtableMiB: 1, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	s, err := txn.Open(engine, txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return engine, s
}

// write commits name under two tables, durably.
func write(s *txn.Store, name string, size int) (storage.Sequence, error) {
	tx, err := s.Begin()
	if err != nil {
		return 0, err
	}
	defer tx.Discard()
	value := bytes.Repeat([]byte(name), 1+size/len(name))
	if err := errors.Join(tx.Put([]byte("a/"+name), value), tx.Put([]byte("b/"+name), value)); err != nil {
		return 0, err
	}
	sequence, err := tx.Commit(1, nil)
	if err != nil {
		return 0, err
	}
	return sequence, tx.Wait()
}

// namesIn returns the names that were written to the store in dir, which must hold whole transactions only, and its last
// commit.
func namesIn(t *testing.T, dir string) ([]string, storage.Sequence) {
	t.Helper()
	_, s := openStore(t, dir)
	defer s.Close()
	tx, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Discard()
	tables := map[byte]map[string]string{'a': {}, 'b': {}}
	err = tx.Scan([]byte("a/"), []byte("c"), false, func(key, value []byte) bool {
		tables[key[0]][string(key[2:])] = string(value)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(tables['a'], tables['b']) {
		t.Errorf("torn transactions: %d names against %d", len(tables['a']), len(tables['b']))
	}
	return slices.Sorted(maps.Keys(tables['a'])), s.Sequence()
}

// lend lends a checkpoint of the box in dir, again if the log grew under it.
func lend(t *testing.T, engine *lsm.Engine, dir string, use func(ctx context.Context, checkpoint string) error) error {
	t.Helper()
	l, err := NewLender(engine, boxIn(dir), filepath.Join(t.TempDir(), "checkpoint"), 0)
	if err != nil {
		t.Fatal(err)
	}
	for {
		if err := l.Lend(t.Context(), use); !errors.Is(err, lsm.ErrDamaged) {
			return err
		}
	}
}

// backUp makes a backup of an open store.
func backUp(t *testing.T, engine *lsm.Engine, into string) Manifest {
	t.Helper()
	var m Manifest
	err := lend(t, engine, t.TempDir(), func(ctx context.Context, checkpoint string) error {
		p, err := PlanBackup(checkpoint, into, "1.2.3")
		if err != nil {
			return err
		}
		m, err = p.Run(ctx, Options{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Two modules, by the names of their files, and a configuration.
var (
	oneModule     = catalog.HashOf([]byte("one")) + ".wasm"
	anotherModule = catalog.HashOf([]byte("another")) + ".wasm"
)

const configured = "[auth]\njwt_secret = \"secret\"\n"

// furnish puts modules and a configuration into a box.
func furnish(t *testing.T, box Box) {
	t.Helper()
	if err := errors.Join(
		os.MkdirAll(box.Modules, 0o700),
		os.WriteFile(filepath.Join(box.Modules, oneModule), []byte("one"), 0o600),
		os.WriteFile(filepath.Join(box.Modules, anotherModule), []byte("another"), 0o600),
		os.WriteFile(box.Config, []byte(configured), 0o644),
	); err != nil {
		t.Fatal(err)
	}
}

// sample returns a checkpoint of a box with modules, a configuration, and a store with some tables and some log, and how
// many commits that has.
func sample(t *testing.T) (checkpoint string, commits int) {
	t.Helper()
	dir := t.TempDir()
	engine, s := openStore(t, filepath.Join(dir, "data.db"))
	for range 3 {
		for range 10 {
			commits++
			if _, err := write(s, fmt.Sprint("name", commits), 5000); err != nil {
				t.Fatal(err)
			}
		}
		if err := engine.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	checkpoint = filepath.Join(dir, "checkpoint")
	if err := os.Mkdir(checkpoint, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := engine.Checkpoint(boxIn(checkpoint).Store); err != nil {
		t.Fatal(err)
	}
	furnish(t, boxIn(checkpoint))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return checkpoint, commits
}

// made returns a backup of sample.
func made(t *testing.T) (dir string, m Manifest) {
	t.Helper()
	checkpoint, _ := sample(t)
	dir = filepath.Join(t.TempDir(), "backup")
	p, err := PlanBackup(checkpoint, dir, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	m, err = p.Run(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return dir, m
}

// tree returns the files below dir and their contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[path[len(dir)+1:]] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func wantAbsent(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is there: %v", path, err)
	}
}
