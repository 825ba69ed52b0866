package catalog_test

import (
	"maps"
	"slices"
	"testing"

	"workcell/storage/catalog"
	"workcell/storage/storagetest"
)

func TestOnlyWhatIsActiveIsNeeded(t *testing.T) {
	w := newWorld(t, storagetest.NewMemory(), t.TempDir())
	none, err := catalog.Needed(w.store)
	if err != nil || len(none) != 0 {
		t.Errorf("an empty store needs %v, %v", none, err)
	}
	apply(t, w.open(t), catalog.Change{Put: []catalog.Deployment{
		{ID: 1, Hash: "aa", Name: "board", State: catalog.Retired},
		{ID: 2, Hash: "bb", Name: "board", State: catalog.Active},
		{ID: 3, Hash: "cc", Name: "board", State: catalog.OnTrial},
		{ID: 4, Hash: "dd", Name: "chat", State: catalog.Active},
	}})
	needed, err := catalog.Needed(w.store)
	if got := slices.Sorted(maps.Keys(needed)); err != nil || !slices.Equal(got, []string{"bb.wasm", "dd.wasm"}) || needed["dd.wasm"].Name != "chat" {
		t.Errorf("needs %v, %v", needed, err)
	}
}
