package fanout

import (
	"fmt"
	"testing"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/storage"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// What it takes to read the past: commits of somebody else, and events that were missed.
func BenchmarkResume(b *testing.B) {
	for _, c := range []struct{ others, missed int }{{0, 10}, {0, maxMissedEvents}, {20_000, 10}} {
		b.Run(fmt.Sprintf("others=%d/missed=%d", c.others, c.missed), func(b *testing.B) {
			engine, err := lsm.Open(b.TempDir(), lsm.Options{CacheMiB: 8, MemtableMiB: 64})
			if err != nil {
				b.Fatal(err)
			}
			store, err := txn.Open(engine, txn.Config{})
			if err != nil {
				b.Fatal(err)
			}
			defer store.Close()
			h := &history{Store: store, hub: NewHub(store)}
			for n := range c.others + c.missed {
				scope := garden
				if n < c.others {
					scope = scopeOf(abi.ScopeProject, 2)
				}
				h.commit(b, []sandbox.Event{{Scopes: []abi.Scope{scope}, Route: 40, Payload: make([]byte, 300)}}, nil, nil)
			}
			h.commit(b, nil, nil, nil)
			if err := store.WaitDurable(b.Context(), store.Sequence()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				s := h.hub.seat([16]byte{}, drop{})
				s.Apply(store.Sequence(), []sandbox.Change{{Kind: sandbox.Subscribe, Scope: garden}}, true)
				if complete, err := s.Resume(storage.Sequence(1)); !complete || err != nil {
					b.Fatal(complete, err)
				}
				s.Leave()
			}
		})
	}
}
