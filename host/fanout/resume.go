package fanout

import (
	"workcell/abi"
	"workcell/host/wire"
	"workcell/storage"
	"workcell/storage/feed"
	"workcell/storage/txn"
)

// What one resumption may bring. A client that has missed more is told to reload.
const (
	maxMissedEvents = 2000
	maxMissedBytes  = 1 << 20
	// maxKept is how many events may come while the past is read.
	maxKept = 1000
)

// Past is where the events of the past are: a txn.Store whose feed has them.
type Past interface {
	Sequence() storage.Sequence // of the last commit
	Begin() (*txn.Txn, error)
}

// resumption is a subscription that is to begin in the past.
//
// It has two hands. Apply, in its place among the commits, makes it: from there on events are kept. Resume then reads the
// feed up to that place, at leisure, and sends first what it found and then what was kept.
type resumption struct {
	commit storage.Sequence               // the place of Apply
	before map[abi.Scope]storage.Sequence // the scopes that were held, and after which commit
	added  map[abi.Scope]struct{}         // those that were not
	kept   []wire.Frame                   // written by Publish with Hub.mu held for reading, as there is one at a time
	late   bool                           // too much would have been kept; likewise
}

// held returns what s has events of, and after which commit. Called with mu held.
func (h *Hub) held(s *Subscriber) map[abi.Scope]storage.Sequence {
	held := map[abi.Scope]storage.Sequence{{Kind: abi.ScopeUser, ID: string(s.user[:])}: s.joined}
	for _, one := range s.holdings() {
		held[h.topics.all[one.topic].scope] = one.since
	}
	return held
}

// keep has the events for s kept, if it holds scopes which are not in before. Called with mu held.
func (h *Hub) keep(s *Subscriber, commit storage.Sequence, before map[abi.Scope]storage.Sequence) {
	added := map[abi.Scope]struct{}{}
	for _, one := range s.holdings() {
		scope := h.topics.all[one.topic].scope
		if _, held := before[scope]; !held && scope.Kind != abi.ScopeInert {
			added[scope] = struct{}{}
		}
	}
	if len(added) > 0 {
		s.extend().resuming = &resumption{commit: commit, before: before, added: added}
	}
}

// resumption returns that of s, or nil. Called with mu held.
func (s *Subscriber) resumption() *resumption {
	if s.more == nil {
		return nil
	}
	return s.more.resuming
}

// deliver gives s an event, or keeps it for later. Called by Publish.
func (s *Subscriber) deliver(event wire.Frame) {
	r := s.resumption()
	switch {
	case r == nil || r.late:
		s.receiver.Receive(event)
	case len(r.kept) < maxKept:
		r.kept = append(r.kept, event)
	default:
		r.late = true
		s.release(r)
		s.receiver.Receive(event)
	}
}

// release lets go of what was kept. Called with mu held, or by Publish.
func (s *Subscriber) release(r *resumption) {
	for _, event := range r.kept {
		s.receiver.Receive(event)
	}
	r.kept = nil
}

// Resume ends what Apply has begun. It sends the events of the scopes that were added, from those behind the commit after
// up to the place of Apply, in order, and then those that were kept. An event that s had already, for another scope, does
// not come again.
//
// It reports false if the events of the past cannot be had, or not all of them: then it has sent none of them, and the
// client has to load anew what it wants to know. An error is for the log.
func (h *Hub) Resume(s *Subscriber, after storage.Sequence) (complete bool, err error) {
	h.mu.RLock()
	r := s.resumption()
	h.mu.RUnlock()
	if r == nil {
		return true, nil
	}
	var missed []wire.Frame
	defer func() { complete = h.goLive(s, r, after, missed, complete) }() // whatever happens
	missed, complete, err = h.missed(r, after)
	return complete, err
}

// goLive ends r, with what was missed if that is complete and nothing had to be released before.
func (h *Hub) goLive(s *Subscriber, r *resumption, after storage.Sequence, missed []wire.Frame, complete bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.resumption() != r { // it has left
		return complete
	}
	complete = complete && !r.late
	if complete {
		for _, event := range missed {
			s.receiver.Receive(event)
		}
		for scope := range r.added {
			if i, held := s.find(h.topics.numbers[scope]); held {
				s.more.holdings[i].since = after
			}
		}
	}
	s.release(r)
	s.more.resuming = nil
	s.settle()
	return complete
}

// missed reads the events of r's past after a commit. It reports false if the feed does not reach back so far, or if there
// are too many.
func (h *Hub) missed(r *resumption, after storage.Sequence) (events []wire.Frame, complete bool, err error) {
	if after > r.commit { // the client knows another history
		return nil, false, nil
	}
	t, err := h.past.Begin()
	if err != nil {
		return nil, false, err
	}
	defer t.Discard()
	if oldest, known, err := feed.Oldest(t); err != nil || known && after < oldest {
		return nil, false, err
	}
	bytes := 0
	take := func(e *feed.Event) {
		if r.sent(e) || len(events) > maxMissedEvents || bytes > maxMissedBytes {
			return
		}
		frame := encode(e.Sequence, e.Seconds, e.Route, e.Payload)
		events, bytes = append(events, frame), bytes+len(frame.Payload())
	}
	for after < r.commit {
		if after, err = feed.Read(t, after, r.commit, r.wants, maxMissedEvents+1, take); err != nil {
			return nil, false, err
		}
		if len(events) > maxMissedEvents || bytes > maxMissedBytes {
			return nil, false, nil
		}
	}
	return events, true, nil
}

func (r *resumption) wants(scope abi.Scope) bool {
	_, added := r.added[scope]
	return added
}

// sent reports whether the subscriber had e for a scope that it held before.
func (r *resumption) sent(e *feed.Event) bool {
	for _, scope := range e.Scopes {
		if since, held := r.before[scope]; held && e.Sequence > since {
			return true
		}
	}
	return false
}
