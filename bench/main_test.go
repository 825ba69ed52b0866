package main

import (
	"fmt"
	"testing"
	"time"
)

// Everything that is measured can be measured, shortly; what comes out says nothing.
func TestFigures(t *testing.T) {
	s := settings{dir: t.TempDir(), slice: 10 * time.Millisecond, rounds: 1, records: 200}
	f := &figures{}
	for _, measure := range []func(settings, *figures) error{measureThroughput, measureAllocations} {
		if err := measure(s, f); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]bool{}
	for _, x := range f.taken {
		got[x.Name] = x.Value > 0 || x.Name == "txn_allocs" && x.Value == 0
	}
	want := []string{"txn_allocs"}
	for _, clients := range clientCounts {
		want = append(want, tps(clients))
		for _, c := range contestants[1:] {
			want = append(want, fmt.Sprintf("%s_vs_%s", tps(clients), c.name))
		}
	}
	for _, name := range want {
		if !got[name] {
			t.Errorf("%s was not measured", name)
		}
	}
	s.dir = t.TempDir()
	if mib, err := edgeMemory(s); err != nil || mib <= 0 {
		t.Errorf("memory: %v, %v", mib, err)
	}
}
