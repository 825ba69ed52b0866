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

var (
	ann, bob = [16]byte{1}, [16]byte{2}
	create   = ledger.Digest(7, []byte("create"))
)

func openStore(t *testing.T) *txn.Store {
	t.Helper()
	s, err := txn.Open(storagetest.NewMemory(), txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
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
		return ledger.Record(tx, user, []byte(id), create, nowMs, []byte(reply))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func wantLookup(t *testing.T, s *txn.Store, user [16]byte, id string, digest [32]byte, nowMs int64, outcome ledger.Outcome, reply string) {
	t.Helper()
	err := within(t, s, func(tx *txn.Txn) error {
		got, view, err := ledger.Lookup(tx, user, []byte(id), digest, nowMs)
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
		digest  [32]byte
		outcome ledger.Outcome
		reply   string
	}{
		{"the same message", ann, "id", create, ledger.Replay, "reply"},
		{"the same message with an empty reply", ann, "nothing to say", create, ledger.Replay, ""},
		{"another id", ann, "i", create, ledger.Unknown, ""},
		{"another user", bob, "id", create, ledger.Unknown, ""},
		{"another payload", ann, "id", ledger.Digest(7, []byte("Create")), ledger.Reused, ""},
		{"another operation", ann, "id", ledger.Digest(8, []byte("create")), ledger.Reused, ""},
	} {
		t.Run(c.name, func(t *testing.T) { wantLookup(t, s, c.user, c.id, c.digest, now, c.outcome, c.reply) })
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
		{"early", border - 1, ledger.Replay}, // the clock went back a little
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
		if err := ledger.Record(tx, ann, []byte("id"), create, now-24*hour-1, nil); err != nil {
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
			_, _, err := ledger.Lookup(tx, ann, []byte("id"), create, 0)
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
			if outcome, _, err := ledger.Lookup(tx, ann, []byte("id"), create, times[i]); err != nil || outcome != ledger.Unknown {
				t.Fatalf("lookup = %v, %v", outcome, err)
			}
			if err := ledger.Record(tx, ann, []byte("id"), create, times[i], []byte("reply")); err != nil {
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
	record(t, s, ann, "young", border+8*hour, "x")
	within(t, s, func(tx *txn.Txn) error { return tx.Put([]byte("k"), nil) }) // neighbours of the table
	within(t, s, func(tx *txn.Txn) error { return tx.Put([]byte("m"), nil) })
	for _, step := range []struct {
		nowMs   int64
		limit   int
		deleted int
		more    bool
	}{
		{0, 10, 0, false},
		{border + 16*hour - 1, 10, 0, false}, // still looked up
		{border + 16*hour, 0, 0, false},
		{border + 16*hour, 2, 2, true},
		{border + 16*hour, 3, 3, false},
		{border + 16*hour, 3, 0, false},
	} {
		err := within(t, s, func(tx *txn.Txn) error {
			deleted, more, err := ledger.Expire(tx, step.nowMs, step.limit)
			if deleted != step.deleted || more != step.more {
				t.Errorf("%+v: %d deleted, more %v", step, deleted, more)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	wantLookup(t, s, ann, "old4", create, border, ledger.Unknown, "")
	wantLookup(t, s, ann, "young", create, border+16*hour, ledger.Replay, "x")
	left := 0
	within(t, s, func(tx *txn.Txn) error {
		return tx.Scan([]byte("k"), []byte("m\x00"), false, func(_, _ []byte) bool { left++; return true })
	})
	if left != 3 {
		t.Fatalf("%d keys left, want the young one and the neighbours", left)
	}
}
