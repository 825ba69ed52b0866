package feed_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"workcell/abi"
	"workcell/storage"
	"workcell/storage/feed"
	"workcell/storage/key"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

var (
	garden = abi.Scope{Kind: abi.ScopeProject, ID: "garden"}
	shed   = abi.Scope{Kind: abi.ScopeProject, ID: "shed"}
	sprint = abi.Scope{Kind: abi.ScopeSprint, ID: "sprint"}
)

// rig is a store whose commits have events.
type rig struct {
	t     *testing.T
	store *txn.Store
	row   feed.Row
}

func newRig(t *testing.T) *rig {
	t.Helper()
	s, err := txn.Open(storagetest.NewMemory(), txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &rig{t: t, store: s}
}

// within runs f in a transaction and commits it.
func (r *rig) within(f func(tx *txn.Txn) error) {
	r.t.Helper()
	tx, err := r.store.Begin()
	if err != nil {
		r.t.Fatal(err)
	}
	defer tx.Discard()
	if err := f(tx); err != nil {
		r.t.Fatal(err)
	}
	if _, err := tx.Commit(1, nil); err != nil {
		r.t.Fatal(err)
	}
}

// emit commits one event for each list of scopes; the payloads are numbered by commit and event.
func (r *rig) emit(seconds int64, events ...[]abi.Scope) {
	r.t.Helper()
	r.within(func(tx *txn.Txn) error {
		r.row.Begin(seconds)
		for i, scopes := range events {
			payload := fmt.Appendf(nil, "%d.%d", r.store.Sequence()+1, i)
			r.row.Add(scopes, uint32(40+i), payload)
			clear(payload) // it was borrowed
		}
		if len(events) == 0 {
			tx.Announce()
		}
		return r.row.Append(tx)
	})
}

// read returns the payloads of the events of some scopes, and how far the reading came.
func (r *rig) read(after, upTo storage.Sequence, limit int, scopes ...abi.Scope) (payloads []string, through storage.Sequence) {
	r.t.Helper()
	wants := func(s abi.Scope) bool { return slices.Contains(scopes, s) }
	r.within(func(tx *txn.Txn) (err error) {
		through, err = feed.Read(tx, after, upTo, wants, limit, func(e *feed.Event) { payloads = append(payloads, string(e.Payload)) })
		return err
	})
	return payloads, through
}

func TestReadPicksEventsByScope(t *testing.T) {
	r := newRig(t)
	r.emit(100, []abi.Scope{garden}, []abi.Scope{garden, sprint}) // 1
	r.emit(101)                                                   // 2: no events
	r.emit(102, []abi.Scope{shed})                                // 3
	r.emit(103, []abi.Scope{shed, garden})                        // 4
	for _, c := range []struct {
		name        string
		after, upTo storage.Sequence
		limit       int
		scopes      []abi.Scope
		want        string
		through     storage.Sequence
	}{
		{"all of one scope", 0, 4, 10, []abi.Scope{garden}, "[1.0 1.1 4.0]", 4},
		{"an event of two scopes comes once", 0, 4, 10, []abi.Scope{garden, shed, sprint}, "[1.0 1.1 3.0 4.0]", 4},
		{"from the middle", 1, 4, 10, []abi.Scope{garden}, "[4.0]", 4},
		{"to the middle", 0, 3, 10, []abi.Scope{garden, shed}, "[1.0 1.1 3.0]", 3},
		{"a commit is not cut", 0, 4, 1, []abi.Scope{garden}, "[1.0 1.1]", 1},
		{"what follows it", 1, 4, 1, []abi.Scope{garden}, "[4.0]", 4},
		{"nobody's scope", 0, 4, 10, nil, "[]", 4},
		{"nothing between", 4, 4, 10, []abi.Scope{garden}, "[]", 4},
		{"from the future", 9, 4, 10, []abi.Scope{garden}, "[]", 4},
		{"beyond the end", 0, 9, 10, []abi.Scope{sprint}, "[1.1]", 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, through := r.read(c.after, c.upTo, c.limit, c.scopes...)
			if fmt.Sprint(got) != c.want || through != c.through {
				t.Errorf("read %v through %d, want %s through %d", got, through, c.want, c.through)
			}
		})
	}
}

func TestAnEventComesBackWhole(t *testing.T) {
	r := newRig(t)
	r.emit(100, []abi.Scope{garden, sprint}, nil)
	r.within(func(tx *txn.Txn) error {
		_, err := feed.Read(tx, 0, 1, func(abi.Scope) bool { return true }, 10, func(e *feed.Event) {
			if e.Sequence != 1 || e.Seconds != 100 || e.Route != 40 || !slices.Equal(e.Scopes, []abi.Scope{garden, sprint}) {
				t.Errorf("read %+v", e)
			}
		})
		return err
	})
}

// A reader who wants nothing still goes through the feed in bounded steps.
func TestOneReadIsBounded(t *testing.T) {
	r := newRig(t)
	r.within(func(tx *txn.Txn) error {
		r.row.Begin(1)
		r.row.Add([]abi.Scope{garden}, 40, nil)
		return r.row.Append(tx)
	})
	r.within(func(tx *txn.Txn) error { // as if each had been a commit
		value, _, err := tx.Get(key.AppendFeed(nil, 1))
		if err != nil {
			return err
		}
		value = slices.Clone(value)
		for q := range uint64(feed.MaxRows + 10) {
			if err := tx.Put(key.AppendFeed(nil, q+1), value); err != nil {
				return err
			}
		}
		return nil
	})
	if _, through := r.read(0, feed.MaxRows+100, 10, shed); through != feed.MaxRows {
		t.Errorf("one read went through %d commits", through)
	}
	if _, through := r.read(feed.MaxRows, feed.MaxRows+100, 10, shed); through != feed.MaxRows+100 {
		t.Errorf("the second read came to %d", through)
	}
}

func TestTrim(t *testing.T) {
	for _, c := range []struct {
		name   string
		keep   feed.Retention
		now    int64
		oldest storage.Sequence
		found  bool
		left   string
	}{
		{"all is young and little", feed.Retention{}, 160, 0, false, "[1.0 3.0 4.0 5.0]"},
		{"the last two commits", feed.Retention{Commits: 2}, 160, 3, true, "[4.0 5.0]"},
		{"one of them without events", feed.Retention{Commits: 4}, 160, 1, true, "[3.0 4.0 5.0]"},
		{"the last half minute", feed.Retention{Age: 30 * time.Second}, 160, 1, true, "[3.0 4.0 5.0]"},
		{"an age between two commits", feed.Retention{Age: 29 * time.Second}, 160, 3, true, "[4.0 5.0]"},
		{"both, age is stricter", feed.Retention{Commits: 3, Age: 15 * time.Second}, 160, 4, true, "[5.0]"},
		{"both, count is stricter", feed.Retention{Commits: 1, Age: time.Hour}, 160, 4, true, "[5.0]"},
		{"everything is old", feed.Retention{Age: time.Second}, 1000, 5, true, "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.within(func(tx *txn.Txn) error { // nothing to trim, nothing known
				found, err := feed.Trim(tx, c.keep.WithDefaults(), 0, time.Unix(c.now, 0))
				if found {
					t.Error("an empty feed was trimmed")
				}
				return err
			})
			r.emit(110, []abi.Scope{garden})
			r.emit(120)
			r.emit(130, []abi.Scope{garden})
			r.emit(140, []abi.Scope{garden})
			r.emit(150, []abi.Scope{garden})
			for i := range 2 { // again: nothing more
				r.within(func(tx *txn.Txn) error {
					found, err := feed.Trim(tx, c.keep.WithDefaults(), 5, time.Unix(c.now, 0))
					if found != (c.found && i == 0) {
						t.Errorf("trim %d found something: %v", i, found)
					}
					return err
				})
			}
			r.wantOldest(c.oldest, true)
			if got, _ := r.read(0, 100, 10, garden); fmt.Sprint(got) != c.left {
				t.Errorf("left %v, want %s", got, c.left)
			}
		})
	}
}

func (r *rig) wantOldest(want storage.Sequence, wantKnown bool) {
	r.t.Helper()
	r.within(func(tx *txn.Txn) error {
		oldest, known, err := feed.Oldest(tx)
		if oldest != want || known != wantKnown {
			r.t.Errorf("reaches back to %d (known %v), want %d (%v)", oldest, known, want, wantKnown)
		}
		return err
	})
}

func TestOldestOfAFeedThatWasNeverTrimmed(t *testing.T) {
	r := newRig(t)
	r.wantOldest(0, false)
	r.emit(100)
	r.wantOldest(0, false)
	r.emit(100, []abi.Scope{garden})
	r.wantOldest(1, true)
}

func TestDamagedRows(t *testing.T) {
	good := "\x01\x00\x00\x00\x00\x00\x00\x00\x01"
	for _, value := range []string{
		"", "\x02" + good[1:], good[:8], // header
		good + "\x05\x01\x02", good + "\x03\x01\x09x\x00\x00", good + "\x00", good + "\x00\x28", // scopes, route
		good + "\x00\x28\x05ab", good + "\x00\xff", // payload
	} {
		r := newRig(t)
		r.within(func(tx *txn.Txn) error {
			if err := tx.Put(key.AppendFeed(nil, 1), []byte(value)); err != nil {
				return err
			}
			_, err := feed.Read(tx, 0, 1, func(abi.Scope) bool { return true }, 10, func(*feed.Event) {})
			if !errors.Is(err, storage.ErrCorrupt) {
				t.Errorf("%q: %v", value, err)
			}
			if err := feed.Check(key.AppendFeed(nil, 1), []byte(value)); !errors.Is(err, storage.ErrCorrupt) {
				t.Errorf("check of %q: %v", value, err)
			}
			return nil
		})
	}
}

func TestCheck(t *testing.T) {
	r := newRig(t)
	r.emit(100, []abi.Scope{garden})
	r.emit(100, []abi.Scope{garden, sprint}, nil)
	check := func() (checked int, failed error) {
		r.within(func(tx *txn.Txn) error {
			return tx.Scan([]byte{key.Feed}, []byte{key.Feed + 1}, false, func(k, value []byte) bool {
				checked++
				failed = errors.Join(failed, feed.Check(k, value))
				return true
			})
		})
		return checked, failed
	}
	if checked, err := check(); checked != 2 || err != nil {
		t.Errorf("%d rows, %v", checked, err)
	}
	r.within(func(tx *txn.Txn) error {
		_, err := feed.Trim(tx, feed.Retention{Commits: 1, Age: time.Hour}, 2, time.Unix(100, 0))
		return err
	})
	if checked, err := check(); checked != 2 || err != nil { // one row, and the floor
		t.Errorf("%d rows, %v", checked, err)
	}
	if err := feed.Check([]byte{key.Feed}, []byte("\x01short")); !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("a damaged floor: %v", err)
	}
}
