package fanout

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"workcell/abi"
	"workcell/abi/envelope"
	"workcell/host/sandbox"
	"workcell/host/wire"
	"workcell/storage"
	"workcell/storage/feed"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

// nothing is a Past without events.
type nothing struct{}

func (nothing) Sequence() storage.Sequence { return 0 }
func (nothing) Begin() (*txn.Txn, error)   { return nil, storage.ErrUnavailable }

// history is a store with a feed, a Hub, and the commits that the Hub is not told of yet.
type history struct {
	*txn.Store
	hub   *Hub
	queue []func() // the syncer's work, in commit order
}

func newHistory(t fataler) *history {
	store, err := txn.Open(storagetest.NewMemory(), txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return &history{Store: store, hub: NewHub(store)}
}

type fataler interface{ Fatal(...any) }

// commit commits events, or what write does; then is called in its place among the commits.
func (h *history) commit(t fataler, events []sandbox.Event, write func(*txn.Txn) error, then func(storage.Sequence)) storage.Sequence {
	tx, err := h.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Discard()
	var row feed.Row
	row.Begin(1)
	for _, e := range events {
		row.Add(e.Scopes, e.Route, e.Payload)
	}
	tx.Announce()
	err = row.Append(tx)
	if write != nil {
		err = errors.Join(err, write(tx))
	}
	if err != nil {
		t.Fatal(err)
	}
	sequence, err := tx.Commit(1, nil)
	if err != nil {
		t.Fatal(err)
	}
	h.queue = append(h.queue, func() {
		if len(events) > 0 {
			h.hub.Publish(sequence, 1, events)
		}
		if then != nil {
			then(sequence)
		}
	})
	return sequence
}

// tell has the syncer do the next piece of its work.
func (h *history) tell() {
	h.queue[0]()
	h.queue = h.queue[1:]
}

// letters is a Receiver that keeps payloads.
type letters struct{ got []string }

func (l *letters) Receive(event wire.Frame) {
	header, err := envelope.Peek(event.Payload())
	if err != nil {
		panic(err)
	}
	l.got = append(l.got, string(header.Payload))
}

// fact is an event as the model knows it.
type fact struct {
	sequence storage.Sequence
	scopes   []abi.Scope
	seen     int // how often the traveller got it
}

// A client that comes and goes, and resumes where it was, against a list of all that happened: it sees each event of its
// projects once, however commits, their announcements, its subscriptions and the reading of the past fall together.
func TestAClientThatResumesMissesNothingAndSeesNothingTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t)
		defer h.Close()
		user := scopeOf(abi.ScopeUser, 9)
		var projects []abi.Scope
		for i := range 4 {
			projects = append(projects, scopeOf(abi.ScopeProject, i))
		}
		mine := projects[:rapid.IntRange(1, 3).Draw(t, "mine")]
		facts := map[string]*fact{}

		// The traveller.
		var sub *seat
		var inbox *letters
		var subscribed int                // how many of mine were asked for on this connection
		var asked, resuming bool          // a subscription is on its way; it was made, the past is not read
		var known, wants storage.Sequence // all up to known was seen before this connection; of the latest subscription
		var first bool                    // the connection subscribes for the first time
		read := func() {
			if inbox == nil {
				return
			}
			for _, payload := range inbox.got {
				facts[payload].seen++
			}
			inbox.got = nil
		}
		isMine := func(f *fact) bool {
			return slices.ContainsFunc(f.scopes, func(s abi.Scope) bool { return slices.Contains(mine, s) })
		}
		settled := func() bool { return sub != nil && subscribed == len(mine) && !asked && !resuming }

		t.Repeat(map[string]func(*rapid.T){
			"commit": func(t *rapid.T) {
				var events []sandbox.Event
				var payloads []string
				for range rapid.IntRange(0, 3).Draw(t, "events") {
					scopes := rapid.SliceOfNDistinct(rapid.SampledFrom(projects), 1, 3, func(s abi.Scope) string { return s.ID }).Draw(t, "scopes")
					if isMine(&fact{scopes: scopes}) && rapid.Bool().Draw(t, "to the user, too") {
						scopes = append(scopes, user)
					}
					payload := fmt.Sprint(len(facts))
					facts[payload] = &fact{scopes: scopes}
					payloads = append(payloads, payload)
					events = append(events, sandbox.Event{Scopes: scopes, Route: 40, Payload: []byte(payload)})
				}
				sequence := h.commit(t, events, nil, nil)
				for _, payload := range payloads {
					facts[payload].sequence = sequence
				}
			},
			"tell": func(t *rapid.T) {
				if len(h.queue) == 0 {
					t.Skip("nothing to tell")
				}
				h.tell()
			},
			"trim": func(t *rapid.T) {
				keep := feed.Retention{Commits: rapid.IntRange(1, 20).Draw(t, "keep")}
				h.commit(t, nil, func(tx *txn.Txn) error {
					_, err := feed.Trim(tx, keep.WithDefaults(), h.Sequence(), fixed)
					return err
				}, nil)
			},
			"connect": func(t *rapid.T) {
				if sub != nil {
					t.Skip("it is there")
				}
				inbox, subscribed, first = &letters{}, 0, true
				sub = h.hub.seat([16]byte{9}, inbox)
			},
			"subscribe": func(t *rapid.T) {
				if sub == nil || asked || resuming || subscribed == len(mine) {
					t.Skip("it cannot")
				}
				n := rapid.IntRange(1, len(mine)-subscribed).Draw(t, "scopes")
				var changes []sandbox.Change
				for _, scope := range mine[:subscribed+n] { // some of them again
					changes = append(changes, sandbox.Change{Kind: sandbox.Subscribe, Scope: scope})
				}
				subscribed += n
				asked = true
				h.commit(t, nil, nil, func(commit storage.Sequence) {
					sub.Apply(commit, changes, true)
					asked, resuming, wants = false, true, commit
				})
			},
			"resume": func(t *rapid.T) {
				if !resuming {
					t.Skip("it does not resume")
				}
				read()
				complete, err := sub.Resume(known)
				if err != nil {
					t.Fatal(err)
				}
				resuming = false
				got := slices.Clone(inbox.got)
				read()
				if complete {
					ordered := slices.IsSortedFunc(got, func(a, b string) int { return int(facts[a].sequence) - int(facts[b].sequence) })
					if first && !ordered {
						t.Fatalf("out of order: %v", got)
					}
				} else {
					for _, f := range facts { // it loads all that is there
						if f.sequence <= wants {
							f.seen = 1
						}
					}
				}
				first = false
			},
			"disconnect": func(t *rapid.T) {
				if !settled() {
					t.Skip("it would not know where it was")
				}
				read()
				sub.Leave()
				known = h.hub.last
				sub, inbox = nil, nil
			},
			"": func(t *rapid.T) {
				read()
				for payload, f := range facts {
					if f.seen > 1 {
						t.Fatalf("event %s of commit %d came %d times", payload, f.sequence, f.seen)
					}
					if settled() && isMine(f) && f.sequence <= h.hub.last && f.seen == 0 {
						t.Fatalf("event %s of commit %d is missing", payload, f.sequence)
					}
				}
			},
		})
	})
}
