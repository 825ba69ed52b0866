package fsck

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"workcell/abi"
	"workcell/storage"
	"workcell/storage/key"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

// Every kind of damage at the storage level is a problem that says where it is.
func TestDamageAtTheStorageLevel(t *testing.T) {
	put := func(k string, value string) func(storage.Writer) error {
		return func(w storage.Writer) error { return w.Put([]byte(k), []byte(value)) }
	}
	for name, test := range map[string]struct {
		write func(storage.Writer) error
		want  string
	}{
		"a row nobody knows":          {put("mbogus", ""), `the host has no row "bogus"`},
		"half an idempotency record":  {put(string(key.AppendLedger(nil, 1, [16]byte{}, []byte("x"))), "\x01"), "idempotency record of 1 bytes"},
		"an idempotency key too few":  {put("lxyz", ""), "idempotency key of 4 bytes"},
		"a key without data set":      {put("dboard", ""), "key 64626f617264 names no data set"},
		"a data set nobody declared":  {put("dother\x00k", ""), `1 keys of data set "other", which no handler ever declared`},
		"events that do not decode":   {put(string(key.AppendFeed(nil, 0)), "\x01"), "feed row of 1 bytes"},
		"events of no commit":         {put(string(key.AppendFeed(nil, 7)), "\x01\x00\x00\x00\x00\x00\x00\x00\x00"), "events of commit 7, and the last one is 1"},
		"half a row about a handler":  {put(string(key.AppendCatalog(nil, 'd', make([]byte, 8))), "\x01{"), "a row about handlers"},
		"a row about no handler":      {put(string(key.AppendCatalog(nil, 'z', nil)), "\x01{}"), "unknown kind"},
		"a table that does not exist": {put("zzz", ""), "1 keys of table 0x7a"},
		"a value that is too large":   {put("dboard\x00k", string(make([]byte, abi.MaxValueBytes+1))), "more than a handler can write"},
		"a key that is too long":      {put("dboard\x00"+strings.Repeat("k", abi.MaxKeyBytes+1), ""), "more than a handler can write"},
	} {
		t.Run(name, func(t *testing.T) {
			r := check(t, store(t, test.write), runner(fine))
			if len(r.Problems) != 1 || r.Problems[0].Where != Storage || !strings.Contains(r.Problems[0].What, test.want) {
				t.Errorf("found %v, want %q", r.Problems, test.want)
			}
		})
	}
}

// What a handler stored that is not at hand is no damage, and is not passed over in silence.
func TestADataSetWhoseHandlerIsNotThere(t *testing.T) {
	r := check(t, store(t, func(w storage.Writer) error {
		return errors.Join(w.Put([]byte("dother\x00k"), nil), w.Put(key.AppendCatalog(nil, 's', []byte("other")), []byte("\x01{}")))
	}), runner(fine))
	if want := []string{"data set other: its handler is not there"}; r.Found() != 0 || !reflect.DeepEqual(r.Unchecked, want) {
		t.Errorf("found %v, unchecked %v", r.Problems, r.Unchecked)
	}
}

func TestAMissingRow(t *testing.T) {
	engine := storagetest.NewMemory()
	b := engine.NewBatch()
	if err := errors.Join(b.Begin(), b.Put(append(key.AppendDataSet(nil, "board"), 'k'), nil), b.Apply(), b.Sync()); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	s, err := txn.Open(engine, txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	r := check(t, s, runner(fine))
	if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].What, `row "last-commit" is missing`) {
		t.Errorf("found %v", r.Problems)
	}
}
