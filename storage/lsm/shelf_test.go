package lsm_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"workcell/storage"
	"workcell/storage/ledger"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// A shelf is a small schema with everything that can be torn: numbered books on shelves, a counter and a count of removed
// ones for each shelf, an index by title, and the idempotency record of each book.
//
//	c shelf         highest number given
//	g shelf         how many were removed
//	i shelf number  title, a zero byte, and pages to fill the disk
//	x title         shelf number
type shelf struct {
	store *txn.Store
	ended atomic.Int64 // calls of the store's Fatal

	mu       sync.Mutex
	promised map[string]string // title to place, as acknowledged; guarded by mu
	removing map[string]bool   // removal has begun; guarded by mu
	removed  map[string]bool   // removal was acknowledged; guarded by mu
}

func openShelf(t *testing.T, dir string, options lsm.Options) (*shelf, *lsm.Engine) {
	t.Helper()
	options.CacheMiB, options.MemtableMiB = 1, 1
	engine := open(t, dir, options)
	s := &shelf{promised: map[string]string{}, removing: map[string]bool{}, removed: map[string]bool{}}
	s.use(t, engine)
	return s, engine
}

// use continues the shelf in another engine.
func (s *shelf) use(t *testing.T, engine storage.Engine) {
	t.Helper()
	store, err := txn.Open(engine, txn.Config{Fatal: func(error) { s.ended.Add(1) }})
	if err != nil {
		t.Fatal(err)
	}
	s.store = store
}

// within runs f in transactions until one commits, and calls promised as soon as it is said to be durable.
func within(store *txn.Store, f func(storage.Writer) error, promised func()) error {
	for {
		err := once(store, f, promised)
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
}

func once(store *txn.Store, f func(storage.Writer) error, promised func()) error {
	tx, err := store.Begin()
	if err != nil {
		return err
	}
	defer tx.Discard()
	if err := f(tx); err != nil {
		return err
	}
	if _, err := tx.Commit(1, nil); err != nil {
		return err
	}
	if err := tx.Wait(); err != nil {
		return err
	}
	promised()
	return nil
}

func noPromise() {}

const shelfTime = 1_700_000_000_000

var reader = [16]byte{1}

// add puts a book on a shelf and notes the promise.
func (s *shelf) add(name byte, title string, size int) error {
	var place string
	return within(s.store, func(w storage.Writer) error {
		var entry ledger.Entry
		entry.Begin(reader, []byte(title), 1, []byte(title), shelfTime)
		outcome, reply, err := entry.Lookup(w)
		if err != nil || outcome == ledger.Replay {
			place = string(reply)
			return err
		}
		number, err := count(w, 'c', name)
		if err != nil {
			return err
		}
		number++
		place = fmt.Sprintf("%c%06d", name, number)
		return errors.Join(
			w.Put([]byte{'c', name}, binary.BigEndian.AppendUint64(nil, number)),
			w.Put([]byte("i"+place), append([]byte(title+"\x00"), pages(title, size)...)),
			w.Put([]byte("x"+title), []byte(place)),
			entry.Record(w, []byte(place)),
		)
	}, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.promised[title] = place
	})
}

// remove takes a book that was promised off its shelf.
func (s *shelf) remove(title string) error {
	s.mu.Lock()
	place := s.promised[title]
	s.removing[title] = true
	s.mu.Unlock()
	return within(s.store, func(w storage.Writer) error {
		gone, err := count(w, 'g', place[0])
		if err != nil {
			return err
		}
		return errors.Join(
			w.Put([]byte{'g', place[0]}, binary.BigEndian.AppendUint64(nil, gone+1)),
			w.Delete([]byte("i"+place)),
			w.Delete([]byte("x"+title)),
		)
	}, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.removed[title] = true
	})
}

// pages returns bytes that no engine can compress.
func pages(title string, size int) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8(sha256.Sum256([]byte(title))).Read(b) // never fails
	return b
}

func count(r storage.Reader, table, name byte) (uint64, error) {
	value, found, err := r.Get([]byte{table, name})
	if err != nil || !found {
		return 0, err
	}
	return binary.BigEndian.Uint64(value), nil
}

// now returns a copy of what is promised at the moment.
func (s *shelf) now() *shelf {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &shelf{promised: maps.Clone(s.promised), removing: maps.Clone(s.removing), removed: maps.Clone(s.removed)}
}

// check compares what an engine holds with the promises and with itself.
func (s *shelf) check(store *txn.Store) error {
	return within(store, func(w storage.Writer) error {
		promised := s.now()
		books, index, numbers := map[string]string{}, map[string]string{}, map[byte]uint64{}
		var wrong []error
		fail := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
		err := errors.Join(
			w.Scan([]byte("i"), []byte("j"), false, func(k, v []byte) bool {
				title, _, _ := strings.Cut(string(v), "\x00")
				books[string(k[1:])] = title
				numbers[k[1]]++
				return true
			}),
			w.Scan([]byte("x"), []byte("y"), false, func(k, v []byte) bool { index[string(k[1:])] = string(v); return true }),
		)
		if err != nil {
			return err
		}
		for place, title := range books {
			if index[title] != place {
				fail("%s is at %s, the index says %q", title, place, index[title])
			}
		}
		if len(index) != len(books) {
			fail("%d books, %d in the index", len(books), len(index))
		}
		for name := byte('A'); name <= 'D'; name++ {
			highest, err1 := count(w, 'c', name)
			gone, err2 := count(w, 'g', name)
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			if highest != numbers[name]+gone {
				fail("shelf %c has given %d numbers, %d were removed, %d are there", name, highest, gone, numbers[name])
			}
		}
		for title, place := range promised.promised {
			var entry ledger.Entry
			entry.Begin(reader, []byte(title), 1, []byte(title), shelfTime)
			outcome, reply, err := entry.Lookup(w)
			if err != nil {
				return err
			}
			if outcome != ledger.Replay || string(reply) != place {
				fail("the record of %s is %v %q, promised at %s", title, outcome, reply, place)
			}
			_, there := index[title]
			if !there && !promised.removing[title] {
				fail("%s was promised at %s and is lost", title, place)
			}
			if there && promised.removed[title] {
				fail("%s was removed and is back", title)
			}
		}
		return errors.Join(wrong...)
	}, noPromise)
}

// names returns the names below prefix.
func names(t *testing.T, store *txn.Store, prefix string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := within(store, func(w storage.Writer) error {
		return w.Scan([]byte(prefix), []byte(prefix+"\xff"), false, func(key, _ []byte) bool {
			found[string(key[len(prefix):])] = true
			return true
		})
	}, noPromise)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
