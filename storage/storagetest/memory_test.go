package storagetest

import (
	"testing"

	"workcell/storage"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	Run(t, func(*testing.T) storage.Engine { return NewMemory() })
}

func TestCrashLosesWhatWasNotSynced(t *testing.T) {
	m := NewMemory()
	write(t, m, "a=synced")
	b := begun(t, m)
	change(t, b, "b=first")
	must(t, b.Apply())
	other := begun(t, m)
	change(t, other, "c=second")
	must(t, other.Apply())
	for unsynced, want := range [][]string{{"a=synced"}, {"a=synced", "b=first"}, {"a=synced", "b=first", "c=second"}} {
		survivor := begun(t, m.Crash(unsynced))
		wantPairs(t, pairs(t, survivor, nil, nil, false, 0), want...)
	}
	must(t, other.Sync())
	if m.Unsynced() != 0 {
		t.Fatalf("%d applies not synced after the last one's sync", m.Unsynced())
	}
}
