package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"workcell/storage"
	"workcell/storage/key"
	"workcell/storage/ledger"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

const hour = 60 * 60 * 1000

var ann, bob = [16]byte{1}, [16]byte{2}

// request is what a message asks for.
type request struct {
	number  uint32
	payload string
}

var create = request{7, "create"}

// entry returns the entry of a message. The tests share one, as the messages of a server share a few.
func entry(user [16]byte, id string, r request, nowMs int64) *ledger.Entry {
	shared.Reset()
	shared.Begin(user, []byte(id), r.number, []byte(r.payload), nowMs)
	return &shared
}

var shared ledger.Entry

func openStore(t *testing.T) *txn.Store {
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
	return s
}

// within runs f in a transaction and returns the commit's error.
func within(t *testing.T, s *txn.Store, f func(tx *txn.Txn) error) error {
	t.Helper()
	tx, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Discard()
	if err := f(tx); err != nil {
		return err
	}
	if _, err := tx.Commit(1, nil); err != nil {
		return err
	}
	return tx.Wait()
}

func record(t *testing.T, s *txn.Store, user [16]byte, id string, nowMs int64, reply string) {
	t.Helper()
	err := within(t, s, func(tx *txn.Txn) error {
		return entry(user, id, create, nowMs).Record(tx, []byte(reply))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func wantLookup(t *testing.T, s *txn.Store, user [16]byte, id string, r request, nowMs int64, outcome ledger.Outcome, reply string) {
	t.Helper()
	err := within(t, s, func(tx *txn.Txn) error {
		got, view, err := entry(user, id, r, nowMs).Lookup(tx)
		if err == nil && (got != outcome || string(view) != reply) {
			err = fmt.Errorf("lookup = %v %q, want %v %q", got, view, outcome, reply)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLookup(t *testing.T) {
	s := openStore(t)
	const now = 100*8*hour + hour
	record(t, s, ann, "id", now, "reply")
	record(t, s, ann, "nothing to say", now, "")
	for _, c := range []struct {
		name    string
		user    [16]byte
		id      string
		request request
		outcome ledger.Outcome
		reply   string
	}{
		{"the same message", ann, "id", create, ledger.Replay, "reply"},
		{"the same message with an empty reply", ann, "nothing to say", create, ledger.Replay, ""},
		{"another id", ann, "i", create, ledger.Unknown, ""},
		{"another user", bob, "id", create, ledger.Unknown, ""},
		{"another payload", ann, "id", request{7, "Create"}, ledger.Reused, ""},
		{"another operation", ann, "id", request{8, "create"}, ledger.Reused, ""},
	} {
		t.Run(c.name, func(t *testing.T) { wantLookup(t, s, c.user, c.id, c.request, now, c.outcome, c.reply) })
	}
}

func TestLifeOfARecord(t *testing.T) {
	s := openStore(t)
	const border = 100 * 8 * hour
	record(t, s, ann, "early", border, "x")
	record(t, s, ann, "late", border+8*hour-1, "x")
	for _, c := range []struct {
		id    string
		nowMs int64
		want  ledger.Outcome
	}{
		{"early", border - 1, ledger.Replay},    // the clock went back a little
		{"early", border - hour, ledger.Replay}, // as far as that is expected
		{"early", border - hour - 1, ledger.Unknown},
		{"early", border + 16*hour - 1, ledger.Replay},
		{"early", border + 16*hour, ledger.Unknown},
		{"late", border + 16*hour - 1, ledger.Replay}, // 8 hours
		{"late", border + 16*hour, ledger.Unknown},
		{"late", 0, ledger.Unknown},
	} {
		reply := ""
		if c.want == ledger.Replay {
			reply = "x"
		}
		wantLookup(t, s, ann, c.id, create, c.nowMs, c.want, reply)
	}
}

// A record that says it is older than a day is not used, whatever bucket it is found in.
func TestOneDayIsTheMost(t *testing.T) {
	s := openStore(t)
	const now = 100 * 8 * hour
	err := within(t, s, func(tx *txn.Txn) error {
		if err := entry(ann, "id", create, now-24*hour-1).Record(tx, nil); err != nil {
			return err
		}
		stored, _, err := tx.Get(key.AppendLedger(nil, 97-1, ann, []byte("id")))
		if err != nil {
			return err
		}
		return tx.Put(key.AppendLedger(nil, 100, ann, []byte("id")), append([]byte(nil), stored...))
	})
	if err != nil {
		t.Fatal(err)
	}
	wantLookup(t, s, ann, "id", create, now, ledger.Unknown, "")
	wantLookup(t, s, ann, "id", create, now-1, ledger.Replay, "")
}

func TestDamagedRecord(t *testing.T) {
	for _, stored := range []string{"", "\x01short", "\x02" + string(make([]byte, 40))} {
		s := openStore(t)
		err := within(t, s, func(tx *txn.Txn) error {
			if err := tx.Put(key.AppendLedger(nil, 0, ann, []byte("id")), []byte(stored)); err != nil {
				return err
			}
			_, _, err := entry(ann, "id", create, 0).Lookup(tx)
			return err
		})
		if !errors.Is(err, storage.ErrCorrupt) {
			t.Fatalf("%q: %v", stored, err)
		}
	}
}

// Two copies of a message run at once. Exactly one may be executed, also if a bucket's border lies between their times.
func TestTwoCopiesAtOnce(t *testing.T) {
	const border = 100 * 8 * hour
	for _, times := range [][2]int64{{border, border}, {border - 1, border}, {border, border - 1}, {border - 1, border + 8*hour - 1}} {
		s := openStore(t)
		var copies [2]*txn.Txn
		for i := range copies {
			tx, err := s.Begin()
			if err != nil {
				t.Fatal(err)
			}
			copies[i] = tx
			e := entry(ann, "id", create, times[i])
			if outcome, _, err := e.Lookup(tx); err != nil || outcome != ledger.Unknown {
				t.Fatalf("lookup = %v, %v", outcome, err)
			}
			if err := e.Record(tx, []byte("reply")); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := copies[0].Commit(times[0], nil); err != nil {
			t.Fatal(err)
		}
		if _, err := copies[1].Commit(times[1], nil); !errors.Is(err, storage.ErrConflict) {
			t.Fatalf("times %v: the second copy's commit = %v", times, err)
		}
		for _, tx := range copies {
			tx.Discard()
		}
		wantLookup(t, s, ann, "id", create, times[1], ledger.Replay, "reply")
	}
}

func TestExpire(t *testing.T) {
	s := openStore(t)
	const border = 100 * 8 * hour
	for i := range 5 {
		record(t, s, ann, fmt.Sprintf("old%d", i), border+int64(i), "x")
	}
	record(t, s, ann, "older", border-8*hour, "x")
	record(t, s, ann, "young", border+8*hour, "x")
	within(t, s, func(tx *txn.Txn) error { return tx.Put([]byte("k"), nil) }) // neighbours of the table
	within(t, s, func(tx *txn.Txn) error { return tx.Put([]byte("m"), nil) })
	for _, step := range []struct {
		nowMs int64
		found bool
		left  int
	}{
		{0, false, 9},
		{border + 8*hour - 1, false, 9}, // still looked up
		{border + 8*hour, true, 8},      // the older one
		{border + 8*hour, false, 8},
		{border + 16*hour - 1, false, 8},
		{border + 16*hour, true, 3},
		{border + 16*hour, false, 3},
	} {
		err := within(t, s, func(tx *txn.Txn) error {
			found, err := ledger.Expire(tx, step.nowMs)
			if found != step.found {
				t.Errorf("%+v: found %v", step, found)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		left := 0
		err = within(t, s, func(tx *txn.Txn) error {
			return tx.Scan([]byte("k"), []byte("m\x00"), false, func(_, _ []byte) bool { left++; return true })
		})
		if err != nil || left != step.left {
			t.Fatalf("%+v: %d keys left (%v)", step, left, err)
		}
	}
	wantLookup(t, s, ann, "old4", create, border, ledger.Unknown, "")
	wantLookup(t, s, ann, "young", create, border+16*hour, ledger.Replay, "x")
}
