package catalog

import (
	"testing"

	"workcell/storage/key"
)

func TestStoredIn(t *testing.T) {
	for id, want := range map[string]string{"sboard": "board", "s": "", "": "", "pboard": "", "d\x00": ""} {
		k := append([]byte{key.Catalog}, id...)
		if set, ok := StoredIn(k[1:]); set != want || ok != (want != "") {
			t.Errorf("%q is about %q, %v", id, set, ok)
		}
	}
}
