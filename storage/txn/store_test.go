package txn_test

import (
	"testing"

	"workcell/storage"
	"workcell/storage/lsm"
	"workcell/storage/storagetest"
)

func TestStoreInMemory(t *testing.T) {
	storagetest.RunStore(t, func(t *testing.T) storagetest.Disk {
		m := storagetest.NewMemory()
		return func() storage.Engine { return m.Reopen() }
	})
}

func TestStoreOnDisk(t *testing.T) {
	storagetest.RunStore(t, func(t *testing.T) storagetest.Disk {
		dir := t.TempDir()
		return func() storage.Engine {
			engine, err := lsm.Open(dir, lsm.Options{CacheMiB: 1, MemtableMiB: 1})
			if err != nil {
				t.Fatal(err)
			}
			return engine
		}
	})
}
