package fanout

import (
	"testing"
	"unsafe"

	"workcell/abi"
	"workcell/host/sandbox"
)

func TestSizeOfASubscriber(t *testing.T) {
	if got := unsafe.Sizeof(Subscriber{}); got != 80 {
		t.Errorf("a subscriber takes %d bytes, want 80: each connection has one, at rest too", got)
	}
	if got := unsafe.Sizeof(holding{}); got != 16 {
		t.Errorf("a subscription takes %d bytes, want 16, and 8 in its topic", got)
	}
}

// A commit may be durable only when the connection is gone: its subscriptions must not stay behind, but what it revoked is
// revoked.
func TestWhoHasLeftChangesOthersSubscriptionsOnly(t *testing.T) {
	h := NewHub(nothing{})
	subscribe := []sandbox.Change{{Kind: sandbox.Subscribe, Scope: garden}}
	other := h.seat([16]byte{2}, drop{})
	other.Apply(1, subscribe, false)
	for name, s := range map[string]*seat{"who has left": h.seat([16]byte{1}, drop{}), "who never joined": {hub: h}} {
		s.Leave()
		s.Leave()
		s.Apply(2, append(subscribe, sandbox.Change{Kind: sandbox.Unsubscribe, Scope: garden}), true)
		s.Apply(2, subscribe, true)
		if s.Count() != 0 || s.Holds(garden) || h.Subscriptions()[abi.ScopeProject] != 1 {
			t.Errorf("%s holds %d scopes; the hub has %v", name, s.Count(), h.Subscriptions())
		}
		if complete, err := s.Resume(0); !complete || err != nil {
			t.Errorf("%s resumed: %t, %v", name, complete, err)
		}
		s.Apply(3, []sandbox.Change{{Kind: sandbox.Revoke, Scope: garden, User: [16]byte{2}}}, false)
		if other.Holds(garden) {
			t.Errorf("%s revoked nothing", name)
		}
		other.Apply(4, subscribe, false)
	}
}

func TestSubscriptionsAreCountedByKind(t *testing.T) {
	h := NewHub(nothing{})
	if got := h.Subscriptions(); len(got) != 0 {
		t.Errorf("an empty hub counts %v", got)
	}
	for user := range byte(3) {
		h.seat([16]byte{user}, drop{}).Apply(1, []sandbox.Change{
			{Kind: sandbox.Subscribe, Scope: garden},
			{Kind: sandbox.Subscribe, Scope: scopeOf(abi.ScopeProject, int(10+user))},
			{Kind: sandbox.Subscribe, Scope: abi.Scope{Kind: abi.ScopeInert, ID: "p1"}},
		}, false)
	}
	if got := h.Subscriptions(); len(got) != 2 || got[abi.ScopeProject] != 6 || got[abi.ScopeUser] != 3 {
		t.Errorf("counted %v", got)
	}
}
