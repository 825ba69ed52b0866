package fanout

import (
	"cmp"
	"slices"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/storage"
)

// Subscriber is one connection's place in a Hub, a part of the object of the connection. It is the Hub's from Join to
// Leave, and must not be copied. Its size is a promise, held by a test.
type Subscriber struct {
	receiver   Receiver // nil before Join and after Leave; guarded by Hub.mu, as are all below
	more       *more    // nil: it holds one topic or none, and that is all
	only       [1]holding
	user       [16]byte         // set by Join
	joined     storage.Sequence // its user's events after this commit are sent to it
	next, prev *Subscriber      // in users
}

// holding is a topic that is held by a subscriber.
type holding struct {
	topic number
	place uint32           // among its holders
	since storage.Sequence // the events after this commit are sent
}

// more is what few subscribers need, and most never.
type more struct {
	holdings []holding // all of them, by topic
	resuming *resumption
}

// Join adds s, for a connection of a user. It gets the events addressed to the user at once, and others as it subscribes.
func (h *Hub) Join(s *Subscriber, user [16]byte, receiver Receiver) {
	h.mu.Lock()
	defer h.mu.Unlock()
	*s = Subscriber{receiver: receiver, user: user, joined: h.last}
	h.users.add(s)
}

// Leave ends all subscriptions of s. Events that are being handed out may still arrive.
func (h *Hub) Leave(s *Subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.receiver == nil {
		return
	}
	h.users.remove(s)
	for _, held := range s.holdings() {
		h.topics.remove(held)
	}
	s.receiver, s.more, s.only, s.next, s.prev = nil, nil, [1]holding{}, nil, nil
}

// User returns whose connection it is. It stays the same from Join on.
func (s *Subscriber) User() [16]byte { return s.user }

// Holds reports whether s is subscribed to scope.
func (h *Hub) Holds(s *Subscriber, scope abi.Scope) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return s.holds(h.topics.numbers[scope])
}

// Count returns the number of scopes s is subscribed to.
func (h *Hub) Count(s *Subscriber) int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(s.holdings())
}

// Apply makes the changes of a committed call real: those of the caller's own subscriptions, and revocations. Its place is
// between the events of the commit and those of the next. If resume, what follows is kept until Resume is called.
//
// A caller that has left, or never joined, has no subscriptions to change. What it revoked is revoked.
func (h *Hub) Apply(s *Subscriber, commit storage.Sequence, changes []sandbox.Change, resume bool) {
	if len(changes) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var before map[abi.Scope]storage.Sequence
	if resume {
		before = h.held(s)
	}
	for i := range changes {
		change := &changes[i]
		switch {
		case change.Kind == sandbox.Revoke:
			h.revoke(change.Scope, change.User)
		case s.receiver == nil:
		case change.Kind == sandbox.Subscribe:
			h.subscribe(s, change.Scope, commit)
		case change.Kind == sandbox.Unsubscribe:
			h.unsubscribe(s, h.topics.numbers[change.Scope])
		}
	}
	if resume {
		h.keep(s, commit, before)
	}
}

// subscribe, unsubscribe and revoke are called with mu held.
func (h *Hub) subscribe(s *Subscriber, scope abi.Scope, commit storage.Sequence) {
	topic := h.topics.intern(scope)
	i, held := s.find(topic)
	if held {
		return
	}
	added := holding{topic, h.topics.add(topic, s), commit}
	if s.more == nil && s.only[0].topic == none {
		s.only[0] = added
		return
	}
	more := s.extend()
	more.holdings = slices.Insert(more.holdings, i, added)
}

func (h *Hub) unsubscribe(s *Subscriber, topic number) {
	i, held := s.find(topic)
	if !held {
		return
	}
	h.topics.remove(s.holdings()[i])
	if s.more == nil {
		s.only[0] = holding{}
		return
	}
	s.more.holdings = slices.Delete(s.more.holdings, i, i+1)
	s.settle()
}

// revoke ends the subscriptions of all connections of user to scope.
func (h *Hub) revoke(scope abi.Scope, user [16]byte) {
	topic := h.topics.numbers[scope]
	for s := h.users.chain(string(user[:])); s != nil; s = s.next {
		if s.user == user {
			h.unsubscribe(s, topic)
		}
	}
}

// All below is called with mu held, be it for reading.

// is reports whether scope is the user of s.
func (s *Subscriber) is(scope abi.Scope) bool {
	return scope.Kind == abi.ScopeUser && scope.ID == string(s.user[:])
}

// holds reports whether s is a holder of a topic. Nobody is one of none.
func (s *Subscriber) holds(topic number) bool {
	_, held := s.find(topic)
	return held
}

// find returns where among the holdings of s a topic is, or would be.
func (s *Subscriber) find(topic number) (i int, held bool) {
	return slices.BinarySearchFunc(s.holdings(), topic, func(h holding, topic number) int { return cmp.Compare(h.topic, topic) })
}

// holdings are the topics that s holds, by number. They are a view, valid until the next change.
func (s *Subscriber) holdings() []holding {
	switch {
	case s.more != nil:
		return s.more.holdings
	case s.only[0].topic == none:
		return nil
	}
	return s.only[:]
}

// extend returns the more of s, which now has one.
func (s *Subscriber) extend() *more {
	if s.more == nil {
		s.more = &more{holdings: slices.Clone(s.holdings())}
		s.only[0] = holding{}
	}
	return s.more
}

// settle lets go of more when it is not needed any more.
func (s *Subscriber) settle() {
	if s.more == nil || s.more.resuming != nil || len(s.more.holdings) > 1 {
		return
	}
	s.only[0] = holding{}
	copy(s.only[:], s.more.holdings)
	s.more = nil
}
