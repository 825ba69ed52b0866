package fsck

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"workcell/abi"
	"workcell/host/errand"
	"workcell/storage"
	"workcell/storage/catalog"
	"workcell/storage/feed"
	"workcell/storage/key"
	"workcell/storage/ledger"
	"workcell/storage/txn"
)

// rows are the host's own rows. What is in them was read when the store was opened.
var rows = []string{"last-commit"}

// tables collects what a scan over all keys sees.
type tables struct {
	report    *Report
	last      storage.Sequence
	declared  map[string]bool   // data sets of the handlers at hand
	known     map[string]bool   // data sets of the handlers that ever were in service
	pairs     map[string]uint64 // of each data set
	strangers map[byte]uint64   // keys of tables that do not exist
	rows      map[string]bool
	bytes     uint64
	numbers   map[string]uint64 // of the host's own records, by what they are
}

// checkStorage reads every pair once.
func (r *Report) checkStorage(ctx context.Context, store *txn.Store, handlers []*errand.Handler) error {
	t := &tables{
		report: r, last: store.Sequence(), declared: map[string]bool{}, known: map[string]bool{}, pairs: map[string]uint64{},
		strangers: map[byte]uint64{}, rows: map[string]bool{}, numbers: map[string]uint64{},
	}
	for _, h := range handlers {
		for _, set := range h.Manifest.DataSets {
			t.declared[set.Name] = true
		}
	}
	tx, err := store.Begin()
	if err != nil {
		return err
	}
	defer tx.Discard()
	err = tx.Scan(nil, nil, false, func(k, value []byte) bool {
		t.see(k, value)
		return ctx.Err() == nil
	})
	t.conclude()
	if err != nil {
		return fmt.Errorf("read the whole store: %w", err)
	}
	return context.Cause(ctx)
}

// see looks at a pair.
func (t *tables) see(k, value []byte) {
	t.bytes += uint64(len(k) + len(value))
	if len(k) == 0 {
		t.report.add(Storage, "there is an empty key")
		return
	}
	switch k[0] {
	case key.Meta:
		name := string(k[1:])
		t.rows[name] = true
		if !slices.Contains(rows, name) {
			t.report.add(Storage, fmt.Sprintf("the host has no row %q", name))
		}
	case key.Ledger:
		t.record("idempotency records", k, ledger.Check(k, value))
	case key.Feed:
		t.record("events of commits", k, t.checkEvents(k, value))
	case key.Catalog:
		t.record("rows about handlers", k, catalog.Check(k[1:], value))
		if set, ok := catalog.StoredIn(k[1:]); ok {
			t.known[set] = true
		}
	case key.Data:
		t.data(k, value)
	default:
		t.strangers[k[0]]++
	}
}

// record counts a record of the host's and reports what is wrong with it.
func (t *tables) record(what string, k []byte, err error) {
	t.numbers[what]++
	if err != nil {
		t.report.add(Storage, fmt.Sprintf("key %x: %v", k, err))
	}
}

// checkEvents checks a row of the feed.
func (t *tables) checkEvents(k, value []byte) error {
	if err := feed.Check(k, value); err != nil {
		return err
	}
	if len(k) < 1+8 { // the row that says how far back the feed reaches
		return nil
	}
	if n := storage.Sequence(binary.BigEndian.Uint64(k[1:])); n > t.last {
		return fmt.Errorf("events of commit %d, and the last one is %d", n, t.last)
	}
	return nil
}

// data looks at a pair that a guest wrote.
func (t *tables) data(k, value []byte) {
	set, guest, ok := key.SplitData(k)
	if !ok {
		t.report.add(Storage, fmt.Sprintf("key %x names no data set", k))
		return
	}
	t.pairs[string(set)]++
	if len(guest) > abi.MaxKeyBytes || len(value) > abi.MaxValueBytes {
		t.report.add(Storage, fmt.Sprintf("data set %s: a key of %d bytes with a value of %d is more than a handler can write", set, len(guest), len(value)))
	}
}

// conclude reports what only the whole shows. Every commit writes all rows, so only an empty store has none.
func (t *tables) conclude() {
	r := t.report
	for _, name := range rows {
		if t.bytes > 0 && !t.rows[name] {
			r.add(Storage, fmt.Sprintf("the host's row %q is missing", name))
		}
	}
	for _, table := range slices.Sorted(maps.Keys(t.strangers)) {
		r.add(Storage, fmt.Sprintf("%d keys of table 0x%02x, which does not exist", t.strangers[table], table))
	}
	r.count(Storage, "bytes of keys and values", t.bytes)
	for _, what := range slices.Sorted(maps.Keys(t.numbers)) {
		r.count(Storage, what, t.numbers[what])
	}
	for _, set := range slices.Sorted(maps.Keys(t.pairs)) {
		r.count(Storage, "records in data set "+printable(set), t.pairs[set])
		switch {
		case t.declared[set]:
		case t.known[set]:
			r.Unchecked = append(r.Unchecked, fmt.Sprintf("data set %s: its handler is not there", set))
		default:
			r.add(Storage, fmt.Sprintf("%d keys of data set %q, which no handler ever declared", t.pairs[set], set))
		}
	}
}
