package fanout

import (
	"fmt"
	"testing"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/host/wire"
)

type drop struct{}

func (drop) Receive(wire.Frame) {}

func BenchmarkPublish(b *testing.B) {
	for _, subscribers := range []int{0, 1, 100, 1000} {
		b.Run(fmt.Sprint("subscribers=", subscribers), func(b *testing.B) {
			h := NewHub(nothing{})
			project := scopeOf(abi.ScopeProject, 1)
			for range subscribers {
				h.seat([16]byte{}, drop{}).Apply(1, []sandbox.Change{{Kind: sandbox.Subscribe, Scope: project}}, false)
			}
			events := []sandbox.Event{{Scopes: []abi.Scope{project}, Route: 40, Payload: make([]byte, 500)}}
			b.ReportAllocs()
			for b.Loop() {
				h.Publish(1, 1, events)
			}
		})
	}
}

// An event for a project, one of its items and a user, all of which everybody holds: who got it must be known.
func BenchmarkPublishToSeveralScopes(b *testing.B) {
	h := NewHub(nothing{})
	scopes := []abi.Scope{scopeOf(abi.ScopeProject, 1), scopeOf(abi.ScopeItem, 1), scopeOf(abi.ScopeUser, 0)}
	for range 1000 {
		h.seat([16]byte{}, drop{}).Apply(1, []sandbox.Change{{Kind: sandbox.Subscribe, Scope: scopes[0]}, {Kind: sandbox.Subscribe, Scope: scopes[1]}}, false)
	}
	events := []sandbox.Event{{Scopes: scopes, Route: 40, Payload: make([]byte, 500)}}
	b.ReportAllocs()
	for b.Loop() {
		h.Publish(1, 1, events)
	}
}

// What it takes a connection to come, to subscribe to as many scopes as it likes, to be asked for each, and to go, where
// a hundred others hold the same.
func BenchmarkSubscribe(b *testing.B) {
	for _, scopes := range []int{1, 10, abi.MaxSubscriptions} {
		b.Run(fmt.Sprint("scopes=", scopes), func(b *testing.B) {
			h := NewHub(nothing{})
			var changes []sandbox.Change
			for n := range scopes {
				id := [16]byte{byte(n), byte(n >> 8)}
				changes = append(changes, sandbox.Change{Kind: sandbox.Subscribe, Scope: abi.Scope{Kind: abi.ScopeItem, ID: string(id[:])}})
			}
			for range 100 {
				h.seat([16]byte{}, drop{}).Apply(1, changes, false)
			}
			b.ReportAllocs()
			for b.Loop() {
				s := h.seat([16]byte{}, drop{})
				s.Apply(1, changes, false)
				for i := range changes {
					if !s.Holds(changes[i].Scope) {
						b.Fatal("not held")
					}
				}
				s.Leave()
			}
		})
	}
}
