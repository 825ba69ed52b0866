package lsm_test

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"workcell/storage"
	"workcell/storage/lsm"
	"workcell/storage/storagetest"
)

func open(t *testing.T, dir string, options lsm.Options) *lsm.Engine {
	t.Helper()
	engine, err := lsm.Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

func TestEngineKeepsTheContract(t *testing.T) {
	t.Run("in memory", func(t *testing.T) {
		storagetest.Run(t, func(t *testing.T) storage.Engine {
			return open(t, "data", lsm.Options{FS: vfs.NewMem()})
		})
	})
	t.Run("on disk, with a small memtable", func(t *testing.T) {
		storagetest.Run(t, func(t *testing.T) storage.Engine {
			return open(t, t.TempDir(), lsm.Options{CacheMiB: 1, MemtableMiB: 1})
		})
	})
}
