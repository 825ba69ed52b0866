//go:build !race && !invariants

package fanout

import (
	"testing"

	"workcell/abi"
	"workcell/host/sandbox"
)

// An event costs the frame that its subscribers share, however many they are, and nothing if there are none.
func TestAnEventCostsOneAllocation(t *testing.T) {
	h := NewHub(nothing{})
	shed, user := scopeOf(abi.ScopeProject, 2), scopeOf(abi.ScopeUser, 0)
	for range 10 {
		h.seat([16]byte{}, drop{}).Apply(1, []sandbox.Change{{Kind: sandbox.Subscribe, Scope: garden}, {Kind: sandbox.Subscribe, Scope: shed}}, false)
	}
	for want, scopes := range [][]abi.Scope{{scopeOf(abi.ScopeProject, 3)}, {garden, shed, user}} {
		events := []sandbox.Event{{Scopes: scopes, Route: 40, Payload: make([]byte, 100)}}
		if got := testing.AllocsPerRun(100, func() { h.Publish(1, 1, events) }); got != float64(want) {
			t.Errorf("an event for %d scopes takes %v allocations, want %d", len(scopes), got, want)
		}
	}
}
