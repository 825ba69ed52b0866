package ledger_test

import (
	"errors"
	"testing"

	"workcell/storage"
	"workcell/storage/key"
	"workcell/storage/ledger"
	"workcell/storage/txn"
)

func TestCheck(t *testing.T) {
	s := openStore(t)
	const now = 100*8*hour + hour
	record(t, s, ann, "id", now, "reply")
	at := key.AppendLedger(nil, 100, ann, []byte("id"))
	var stored []byte
	err := within(t, s, func(tx *txn.Txn) error {
		value, _, err := tx.Get(at)
		stored = append(stored, value...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := ledger.Check(at, stored); err != nil {
		t.Errorf("a good record: %v", err)
	}
	for name, pair := range map[string]struct{ key, value []byte }{
		"no message id":  {key.AppendLedger(nil, 100, ann, nil), stored},
		"another table":  {append([]byte("d"), at[1:]...), stored},
		"another bucket": {key.AppendLedger(nil, 101, ann, []byte("id")), stored},
		"half a value":   {at, stored[:20]},
		"no value":       {at, nil},
	} {
		if err := ledger.Check(pair.key, pair.value); !errors.Is(err, storage.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
