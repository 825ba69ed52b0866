package lsm_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"workcell/storage"
)

// spaceFaults are about a file system that really is full.
var spaceFaults = []fault{
	{"filled by the store, which looks now and then", "read-only early, reads go on; writable when there is space", func(t *trial) {
		filler := t.fill(20 << 20)
		for i := 0; t.engine.Writable() == nil; i++ {
			t.addMuch(i)
			t.engine.Look()
		}
		t.readOnly("are free")
		t.empty(filler)
		t.goesOn()
	}},
	{"filled by the store faster than it looks", "read-only with the ballast's help; writable when there is space", func(t *trial) {
		filler := t.fill(20 << 20)
		for i := 0; t.engine.Writable() == nil; i++ {
			t.addMuch(i)
		}
		t.readOnly("free")
		t.empty(filler)
		t.goesOn()
	}},
	{"filled by somebody else", "the next write is acknowledged, then read-only; writable when there is space", func(t *trial) {
		filler := t.fill(1 << 40)
		for i := 0; t.engine.Writable() == nil; i++ {
			t.addMuch(i) // the log has some blocks in hand
		}
		t.readOnly("free")
		t.empty(filler)
		t.goesOn()
	}},
	{"full at the start", "read-only; a restart when there is space", func(t *trial) {
		var fillers []string
		t.restartWith(func() {
			t.must(os.Remove(filepath.Join(t.dir, "BALLAST")))
			fillers = append(fillers, t.fill(1<<40))
		})
		for t.engine.Writable() == nil { // it has made room by removing what it needs no more
			fillers = append(fillers, t.fill(1<<40))
			t.engine.Look()
		}
		t.readOnly("free")
		for _, filler := range fillers {
			t.empty(filler)
		}
		t.await(func() error {
			t.engine.Look()
			if t.engine.Writable() != nil && len(t.restarts) == 0 {
				return errors.New("it does not go on")
			}
			return nil
		})
	}},
}

// mountSmall mounts a file system of 32 MiB at dir until the test ends.
func mountSmall(t *testing.T, dir string) error {
	t.Helper()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=32m"); err != nil {
		return err
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return nil
}

// addMuch adds a large book. It may be refused, but only because there is no space.
func (t *trial) addMuch(i int) {
	t.Helper()
	if err := t.shelf.add('B', fmt.Sprint("large", i), 100<<10); err != nil && !errors.Is(err, storage.ErrReadOnly) {
		t.Fatal(err)
	}
}

// fill makes a file of some bytes beside the store, or as large as it can be, and returns its path.
func (t *trial) fill(bytes int) string {
	t.Helper()
	file, err := os.CreateTemp(filepath.Dir(t.dir), "filler")
	t.must(err)
	defer file.Close()
	block := make([]byte, 4096)
	for written := 0; written < bytes; written += len(block) {
		if _, err := file.Write(block); errors.Is(err, syscall.ENOSPC) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return file.Name()
}

func (t *trial) empty(filler string) {
	t.Helper()
	t.must(os.Remove(filler))
}
