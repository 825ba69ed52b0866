// Package fanout brings events to the connections that subscribed to them: each event is encoded once, and every
// subscriber gets a reference to the same bytes.
//
// The order of events is the caller's: Publish is called once for each commit, in commit order, one call at a time, and
// hands the events to each subscriber before it returns. It never waits for a subscriber: a Receiver queues or gives up.
//
// A subscriber may ask for the past, too: what it missed while it was away. Then the events that come meanwhile wait for
// those of the past to be read (resume.go).
//
// Most subscribers are at rest most of the time, and there may be a hundred thousand, so what one costs is counted in
// bytes. It is part of the object of its connection (subscriber.go). Each scope that somebody holds is a topic: it has a
// number, and a list of its holders that Publish goes along (topic.go). A connection gets the events of its user without
// asking; those are found by a table that is linked through them (users.go).
//
// One lock, Hub.mu, guards all subscriptions. Publish holds it for reading while it hands out references; receivers must
// not call the Hub from Receive.
package fanout

import (
	"crypto/rand"
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

	past   Past
	mu     sync.RWMutex
	topics topics           // guarded by mu, as is users
	users  users            // all who have joined
	last   storage.Sequence // that was published; written by Publish with mu held for reading, as there is one at a time
}

// NewHub returns a Hub without subscribers. What Publish is given from now on comes after all of the past.
func NewHub(past Past) *Hub {
	return &Hub{past: past, topics: newTopics(), users: newUsers(), last: past.Sequence()}
}

// Subscriptions returns how many subscriptions to scopes of each kind there are. Every connection holds one of its user.
func (h *Hub) Subscriptions() map[abi.ScopeKind]int {
	counts := map[abi.ScopeKind]int{}
	h.mu.RLock()
	defer h.mu.RUnlock()
	for i := range h.topics.all {
		if t := &h.topics.all[i]; len(t.holders) > 0 && t.scope.Kind != abi.ScopeInert {
			counts[t.scope.Kind] += len(t.holders)
		}
	}
	if h.users.count > 0 {
		counts[abi.ScopeUser] = h.users.count
	}
	return counts
}

// Publish hands the events of a durable commit to their subscribers, each event once to each. Call it in commit order,
// one call at a time. now is the commit's time in Unix seconds.
func (h *Hub) Publish(sequence storage.Sequence, now int64, events []sandbox.Event) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	h.last = sequence
	for i := range events {
		h.publish(delivery{sequence: sequence, now: now, event: &events[i]})
	}
}

func (h *Hub) publish(d delivery) {
	earlier := make([]number, 0, abi.MaxScopes) // the topics of the scopes that are done
	for _, scope := range d.event.Scopes {
		topic := h.topics.numbers[scope] // none if it is a user
		for _, s := range h.topics.all[topic].holders {
			d.to(s, earlier)
		}
		if scope.Kind == abi.ScopeUser {
			for s := h.users.chain(scope.ID); s != nil; s = s.next {
				if s.is(scope) {
					d.to(s, earlier)
				}
			}
		}
		earlier = append(earlier, topic)
	}
	if h.Observer != nil {
		h.Observer.Published(d.event.Route, d.receivers, len(d.frame.Payload()))
	}
}

// delivery is an event on its way to its subscribers, scope after scope.
type delivery struct {
	sequence  storage.Sequence
	now       int64
	event     *sandbox.Event
	frame     wire.Frame // made for the first receiver
	receivers int
}

// to gives the event to s, unless it got it by one of the earlier scopes.
func (d *delivery) to(s *Subscriber, earlier []number) {
	for i, topic := range earlier {
		if s.holds(topic) || s.is(d.event.Scopes[i]) {
			return
		}
	}
	if d.receivers == 0 {
		d.frame = encode(d.sequence, d.now, d.event.Route, d.event.Payload)
	}
	d.receivers++
	s.deliver(d.frame)
}

// encode builds the frame of an event: an envelope with a message id of its own.
func encode(sequence storage.Sequence, now int64, route uint32, payload []byte) wire.Frame {
	var random uuid.UUID // as uuid.New makes it, which would allocate
	_, _ = rand.Read(random[:])
	random[6], random[8] = random[6]&0x0f|0x40, random[8]&0x3f|0x80
	var id [36]byte
	text, _ := random.MarshalText() // never fails, as Read above
	copy(id[:], text)
	return wire.NewFrame(envelope.Size(id[:], payload), func(dst []byte) []byte {
		return envelope.AppendEvent(dst, id[:], now, route, payload, uint64(sequence))
	})
}
