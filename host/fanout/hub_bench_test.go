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
				h.Join([16]byte{}, drop{}).Apply(1, []sandbox.Change{{Kind: sandbox.Subscribe, Scope: project}}, false)
			}
			events := []sandbox.Event{{Scopes: []abi.Scope{project}, Route: 40, Payload: make([]byte, 500)}}
			b.ReportAllocs()
			for b.Loop() {
				h.Publish(1, 1, events)
			}
		})
	}
}
