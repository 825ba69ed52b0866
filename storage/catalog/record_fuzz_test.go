package catalog_test

import (
	"errors"
	"testing"

	"workcell/storage"
	"workcell/storage/catalog"
)

// A row is either in order or damaged.
func FuzzCheck(f *testing.F) {
	f.Add([]byte("d"), []byte("\x01{\"id\":1,\"state\":\"active\",\"trial\":{\"calls\":1}}"))
	f.Add([]byte("e"), []byte("\x01{\"number\":1,\"time\":\"2026-01-02T03:04:05Z\"}"))
	f.Add([]byte("s"), []byte("\x01{\"1\":\"board\"}"))
	f.Add([]byte("p"), []byte("\x01true"))
	f.Fuzz(func(t *testing.T, id, row []byte) {
		if err := catalog.Check(id, row); err != nil && !errors.Is(err, storage.ErrCorrupt) {
			t.Fatalf("checked with %v", err)
		}
	})
}
