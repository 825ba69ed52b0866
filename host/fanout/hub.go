// Package fanout brings events to the connections that subscribed to them: each event is encoded once, and every
// subscriber gets a reference to the same bytes.
//
// The order of events is the caller's: Publish is called once for each commit, in commit order, one call at a time, and
// hands the events to each subscriber before it returns. It never waits for a subscriber: a Receiver queues or gives up.
//
// A subscriber may ask for the past, too: what it missed while it was away. Then the events that come meanwhile wait for
// those of the past to be read (resume.go).
//
// One lock, Hub.mu, guards all subscriptions. Publish holds it for reading while it hands out references; receivers must
// not call the Hub from Receive.
package fanout

import (
	"maps"
	"sync"

	"github.com/google/uuid"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/sandbox"
	"workcell/host/wire"
	"workcell/storage"
)

// Receiver takes the events of one subscriber. It must not block, and it may keep the frame.
type Receiver interface {
	Receive(event wire.Frame)
}

// Observer is told of each event that was published, once: the number of its payload, how many subscribers it went to,
// and how many bytes each of them got. It must be quick.
type Observer interface {
	Published(number uint32, receivers, bytes int)
}

// Hub knows who is subscribed to what. Safe for concurrent use.
type Hub struct {
	Observer Observer // set before the first Publish; nil: nobody

	past  Past
	mu    sync.RWMutex
	holds map[abi.Scope]map[*Subscriber]struct{}
	last  storage.Sequence // that was published; written by Publish with mu held for reading, as there is one at a time
}

// NewHub returns a Hub without subscribers. What Publish is given from now on comes after all of the past.
func NewHub(past Past) *Hub {
	return &Hub{past: past, holds: map[abi.Scope]map[*Subscriber]struct{}{}, last: past.Sequence()}
}

// Subscriptions returns how many subscriptions to scopes of each kind there are. Every connection holds one of its user.
func (h *Hub) Subscriptions() map[abi.ScopeKind]int {
	counts := map[abi.ScopeKind]int{}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for scope, set := range h.holds {
		counts[scope.Kind] += len(set)
	}
	return counts
}

// Subscriber is one connection's place in a Hub.
type Subscriber struct {
	hub      *Hub
	receiver Receiver
	user     abi.Scope
	joined   storage.Sequence               // its user's events after this commit are sent to it
	scopes   map[abi.Scope]storage.Sequence // likewise those of other scopes; guarded by hub.mu
	resuming *resumption                    // nil: none; guarded by hub.mu
}

// Join adds a connection of a user. It gets the events addressed to the user at once, and others as it subscribes.
func (h *Hub) Join(user [16]byte, receiver Receiver) *Subscriber {
	s := &Subscriber{hub: h, receiver: receiver, user: abi.Scope{Kind: abi.ScopeUser, ID: string(user[:])}}
	h.mu.Lock()
	defer h.mu.Unlock()
	s.joined = h.last
	h.add(s.user, s)
	return s
}

// Leave ends all subscriptions of s. Events that are being handed out may still arrive.
func (s *Subscriber) Leave() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.hub.remove(s.user, s)
	for scope := range s.scopes {
		s.hub.remove(scope, s)
	}
	s.scopes, s.resuming = nil, nil
}

// Holds reports whether s is subscribed to scope.
func (s *Subscriber) Holds(scope abi.Scope) bool {
	s.hub.mu.RLock()
	defer s.hub.mu.RUnlock()
	_, ok := s.scopes[scope]
	return ok
}

// Count returns the number of scopes s is subscribed to.
func (s *Subscriber) Count() int {
	s.hub.mu.RLock()
	defer s.hub.mu.RUnlock()
	return len(s.scopes)
}

// Apply makes the changes of a committed call real: those of the caller's own subscriptions, and revocations. Its place is
// between the events of the commit and those of the next. If resume, what follows is kept until Resume is called.
func (s *Subscriber) Apply(commit storage.Sequence, changes []sandbox.Change, resume bool) {
	if len(changes) == 0 {
		return
	}
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	var before map[abi.Scope]storage.Sequence
	if resume {
		before = maps.Clone(s.scopes)
	}
	for i := range changes {
		switch change := &changes[i]; change.Kind {
		case sandbox.Subscribe:
			s.subscribe(change.Scope, commit)
		case sandbox.Unsubscribe:
			s.unsubscribe(change.Scope)
		case sandbox.Revoke:
			s.hub.revoke(change.Scope, change.User)
		}
	}
	if resume {
		s.resuming = s.resumption(commit, before)
	}
}

// subscribe and unsubscribe are called with hub.mu held.
func (s *Subscriber) subscribe(scope abi.Scope, commit storage.Sequence) {
	if _, held := s.scopes[scope]; held {
		return
	}
	if s.scopes == nil {
		s.scopes = map[abi.Scope]storage.Sequence{}
	}
	s.scopes[scope] = commit
	if scope.Kind != abi.ScopeInert {
		s.hub.add(scope, s)
	}
}

func (s *Subscriber) unsubscribe(scope abi.Scope) {
	delete(s.scopes, scope)
	s.hub.remove(scope, s)
}

// revoke ends the subscriptions of all connections of user to scope. Called with mu held.
func (h *Hub) revoke(scope abi.Scope, user [16]byte) {
	of := abi.Scope{Kind: abi.ScopeUser, ID: string(user[:])}
	for s := range h.holds[of] {
		s.unsubscribe(scope)
	}
}

// add and remove are called with mu held.
func (h *Hub) add(scope abi.Scope, s *Subscriber) {
	set := h.holds[scope]
	if set == nil {
		set = map[*Subscriber]struct{}{}
		h.holds[scope] = set
	}
	set[s] = struct{}{}
}

func (h *Hub) remove(scope abi.Scope, s *Subscriber) {
	set := h.holds[scope]
	delete(set, s)
	if len(set) == 0 {
		delete(h.holds, scope)
	}
}

// Publish hands the events of a durable commit to their subscribers, each event once to each. Call it in commit order,
// one call at a time. now is the commit's time in Unix seconds.
func (h *Hub) Publish(sequence storage.Sequence, now int64, events []sandbox.Event) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	h.last = sequence
	for i := range events {
		h.publish(sequence, now, &events[i])
	}
}

func (h *Hub) publish(sequence storage.Sequence, now int64, event *sandbox.Event) {
	var frame wire.Frame
	receivers := 0
	for i, scope := range event.Scopes {
		for s := range h.holds[scope] {
			if i > 0 && s.holdsAny(event.Scopes[:i]) {
				continue // it got this event by an earlier scope
			}
			if receivers == 0 {
				frame = encode(sequence, now, event.Route, event.Payload)
			}
			receivers++
			s.deliver(frame)
		}
	}
	if h.Observer != nil {
		h.Observer.Published(event.Route, receivers, len(frame.Payload()))
	}
}

// holdsAny is called with hub.mu held.
func (s *Subscriber) holdsAny(scopes []abi.Scope) bool {
	for _, scope := range scopes {
		if _, ok := s.hub.holds[scope][s]; ok {
			return true
		}
	}
	return false
}

// encode builds the frame of an event: an envelope with a message id of its own.
func encode(sequence storage.Sequence, now int64, route uint32, payload []byte) wire.Frame {
	var id [36]byte
	text, _ := uuid.New().MarshalText() // never fails
	copy(id[:], text)
	return wire.NewFrame(envelope.Size(id[:], payload), func(dst []byte) []byte {
		return envelope.AppendEvent(dst, id[:], now, route, payload, uint64(sequence))
	})
}
