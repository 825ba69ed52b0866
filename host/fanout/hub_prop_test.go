package fanout

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/sandbox"
	"workcell/host/wire"
	"workcell/storage"
)

// inbox is a Receiver that keeps payloads.
type inbox struct {
	got []string
	ids map[string]bool
}

func (i *inbox) Receive(event wire.Frame) {
	h, err := envelope.Peek(event.Payload())
	if err != nil {
		panic(err)
	}
	i.ids[string(h.MessageID)] = true
	i.got = append(i.got, fmt.Sprint(h.Number, " ", string(h.Payload)))
}

// seat is a subscriber in its hub.
type seat struct {
	Subscriber
	hub *Hub
}

func (h *Hub) seat(user [16]byte, receiver Receiver) *seat {
	s := &seat{hub: h}
	h.Join(&s.Subscriber, user, receiver)
	return s
}

func (s *seat) Leave()                     { s.hub.Leave(&s.Subscriber) }
func (s *seat) Holds(scope abi.Scope) bool { return s.hub.Holds(&s.Subscriber, scope) }
func (s *seat) Count() int                 { return s.hub.Count(&s.Subscriber) }
func (s *seat) Resume(after storage.Sequence) (bool, error) {
	return s.hub.Resume(&s.Subscriber, after)
}

func (s *seat) Apply(commit storage.Sequence, changes []sandbox.Change, resume bool) {
	s.hub.Apply(&s.Subscriber, commit, changes, resume)
}

// modelSub is what the model knows of a subscriber.
type modelSub struct {
	*seat
	user   byte
	inbox  *inbox
	scopes map[abi.Scope]bool
	want   []string
}

func scopeOf(kind abi.ScopeKind, n int) abi.Scope {
	id := [16]byte{byte(n)}
	return abi.Scope{Kind: kind, ID: string(id[:])}
}

// A Hub against a model: every subscriber gets each event once, in order, if it holds one of its scopes.
func TestHubAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := NewHub(nothing{})
		var subs []*modelSub
		published := 0
		kinds := []abi.ScopeKind{abi.ScopeProject, abi.ScopeSprint, abi.ScopeTopic}
		drawScope := func(t *rapid.T) abi.Scope {
			return scopeOf(rapid.SampledFrom(kinds).Draw(t, "kind"), rapid.IntRange(0, 2).Draw(t, "id"))
		}
		drawSub := func(t *rapid.T) *modelSub {
			if len(subs) == 0 {
				t.Skip("nobody")
			}
			return rapid.SampledFrom(subs).Draw(t, "sub")
		}
		t.Repeat(map[string]func(*rapid.T){
			"join": func(t *rapid.T) {
				s := &modelSub{user: rapid.Byte().Draw(t, "user") % 3, inbox: &inbox{ids: map[string]bool{}}, scopes: map[abi.Scope]bool{}}
				s.seat = h.seat([16]byte{s.user}, s.inbox)
				subs = append(subs, s)
			},
			"leave": func(t *rapid.T) {
				s := drawSub(t)
				s.Leave()
				subs = slices.DeleteFunc(subs, func(other *modelSub) bool { return other == s })
			},
			"subscribe": func(t *rapid.T) {
				s, scope := drawSub(t), drawScope(t)
				s.Apply(1, []sandbox.Change{{Kind: sandbox.Subscribe, Scope: scope}}, false)
				s.scopes[scope] = true
			},
			"hold an inert id": func(t *rapid.T) {
				s, scope := drawSub(t), abi.Scope{Kind: abi.ScopeInert, ID: "p1"}
				s.Apply(1, []sandbox.Change{{Kind: sandbox.Subscribe, Scope: scope}}, false)
				s.scopes[scope] = true
			},
			"unsubscribe": func(t *rapid.T) {
				s, scope := drawSub(t), drawScope(t)
				s.Apply(1, []sandbox.Change{{Kind: sandbox.Unsubscribe, Scope: scope}}, false)
				delete(s.scopes, scope)
			},
			"revoke": func(t *rapid.T) {
				s, scope, user := drawSub(t), drawScope(t), rapid.Byte().Draw(t, "user")%3
				s.Apply(1, []sandbox.Change{{Kind: sandbox.Revoke, Scope: scope, User: [16]byte{user}}}, false)
				for _, other := range subs {
					if other.user == user {
						delete(other.scopes, scope)
					}
				}
			},
			"publish": func(t *rapid.T) {
				scopes := rapid.SliceOfN(rapid.Custom(drawScope), 1, 3).Draw(t, "scopes")
				if rapid.Bool().Draw(t, "to a user") {
					scopes = append(scopes, scopeOf(abi.ScopeUser, rapid.IntRange(0, 2).Draw(t, "user")))
				}
				published++
				payload := fmt.Sprint("event ", published)
				h.Publish(storage.Sequence(published), 1, []sandbox.Event{{Scopes: scopes, Route: 40, Payload: []byte(payload)}})
				for _, s := range subs {
					if slices.ContainsFunc(scopes, func(scope abi.Scope) bool {
						return s.scopes[scope] || scope == scopeOf(abi.ScopeUser, int(s.user))
					}) {
						s.want = append(s.want, "40 "+payload)
					}
				}
			},
			"": func(t *rapid.T) {
				for _, s := range subs {
					if !slices.Equal(s.inbox.got, s.want) {
						t.Fatalf("got %v, want %v", s.inbox.got, s.want)
					}
					if len(s.inbox.ids) != len(s.want) {
						t.Fatalf("%d different message ids in %d events", len(s.inbox.ids), len(s.want))
					}
					if (s.more == nil) != (len(s.scopes) <= 1) {
						t.Fatalf("with %d scopes it has more: %v", len(s.scopes), s.more)
					}
					if s.Count() != len(s.scopes) {
						t.Fatalf("holds %d scopes, want %d", s.Count(), len(s.scopes))
					}
					for scope := range s.scopes {
						if !s.Holds(scope) {
							t.Fatalf("does not hold %v", scope)
						}
					}
				}
			},
		})
		for _, s := range subs {
			s.Leave()
		}
		if left := h.Subscriptions(); len(left) != 0 || len(h.topics.numbers) != 0 {
			t.Fatalf("after all have left the hub holds %v of %v", left, h.topics.numbers)
		}
	})
}
