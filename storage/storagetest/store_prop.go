package storagetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"workcell/storage"
	"workcell/storage/txn"
)

// modelTxn is what a transaction must see and why it must conflict.
type modelTxn struct {
	tx      *txn.Txn
	since   int               // commits before it began
	seen    map[string]string // its snapshot and own writes
	written map[string]bool
	swept   [][2]string
	reads   []func(key string) bool // each says whether a read depends on key
	looked  bool                    // at something that it had not written itself
}

// read notes a read of the keys that match; what the transaction has overwritten before does not count.
func (m *modelTxn) read(match func(key string) bool) {
	own := maps.Clone(m.written)
	m.reads = append(m.reads, func(key string) bool { return match(key) && !own[key] })
}

// testAgainstModel interleaves the steps of several transactions in one goroutine. With so few keys no two share a slot,
// so conflicts are predicted exactly.
func testAgainstModel(t *testing.T, s *txn.Store) {
	m := &model{s: s, state: map[string]string{}, commits: make([]modelCommit, s.Sequence()), checked: int(s.Sequence())}
	rapid.Check(t, func(t *rapid.T) {
		m.open, m.waiting = nil, nil
		defer m.discard()
		t.Repeat(map[string]func(*rapid.T){
			"begin":  m.begin,
			"put":    m.put,
			"delete": m.delete,
			"sweep":  m.sweep,
			"get":    m.get,
			"scan":   m.scan,
			"commit": m.commit,
			"wait":   m.wait,
			"drop":   m.drop,
			"":       m.check,
		})
	})
}

type model struct {
	s       *txn.Store
	state   map[string]string
	commits []modelCommit      // by sequence-1
	told    []storage.Sequence // in the order of calls, since the last check
	checked int                // commits that were told of before
	open    []*modelTxn
	waiting []*txn.Txn
}

type modelCommit struct {
	keys  []string
	swept bool
}

var (
	modelKeys = rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h"})
	modelEnds = rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h", "i"})
)

func (m *model) discard() {
	for _, o := range m.open {
		o.tx.Discard()
	}
	for _, tx := range m.waiting {
		tx.Discard()
	}
}

// any draws an open transaction.
func (m *model) any(t *rapid.T) (int, *modelTxn) {
	if len(m.open) == 0 {
		t.Skip("no transaction")
	}
	i := rapid.IntRange(0, len(m.open)-1).Draw(t, "txn")
	return i, m.open[i]
}

func (m *model) begin(t *rapid.T) {
	if len(m.open) == 5 {
		t.Skip("enough transactions")
	}
	tx, err := m.s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if tx.Visible() != storage.Sequence(len(m.commits)) {
		t.Fatalf("visible %d after %d commits", tx.Visible(), len(m.commits))
	}
	m.open = append(m.open, &modelTxn{tx: tx, since: len(m.commits), seen: maps.Clone(m.state), written: map[string]bool{}})
}

func (m *model) put(t *rapid.T) {
	_, o := m.any(t)
	key, value := modelKeys.Draw(t, "key"), fmt.Sprint(rapid.IntRange(0, 99).Draw(t, "value"))
	if err := o.tx.Put([]byte(key), []byte(value)); err != nil {
		t.Fatal(err)
	}
	o.seen[key], o.written[key] = value, true
}

func (m *model) delete(t *rapid.T) {
	_, o := m.any(t)
	key := modelKeys.Draw(t, "key")
	if err := o.tx.Delete([]byte(key)); err != nil {
		t.Fatal(err)
	}
	delete(o.seen, key)
	o.written[key] = true
}

func (m *model) sweep(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "rarely") > 0 {
		t.Skip("a rare operation")
	}
	_, o := m.any(t)
	lo, hi := modelKeys.Draw(t, "lo"), modelEnds.Draw(t, "hi")
	if err := o.tx.DeleteRange([]byte(lo), []byte(hi)); err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(o.seen, func(k, _ string) bool { return k >= lo && k < hi })
	o.swept = append(o.swept, [2]string{lo, hi})
}

func (m *model) get(t *rapid.T) {
	_, o := m.any(t)
	key := modelKeys.Draw(t, "key")
	value, found, err := o.tx.Get([]byte(key))
	want, has := o.seen[key]
	if err != nil || found != has || string(value) != want {
		t.Fatalf("get %q = %q, %v, %v; want %q, %v", key, value, found, err, want, has)
	}
	o.read(func(k string) bool { return k == key })
	o.looked = o.looked || !o.written[key]
}

func (m *model) scan(t *rapid.T) {
	_, o := m.any(t)
	lo, hi := modelKeys.Draw(t, "lo"), modelEnds.Draw(t, "hi")
	reverse, limit := rapid.Bool().Draw(t, "reverse"), rapid.IntRange(1, 5).Draw(t, "limit")
	var got []string
	last := ""
	err := o.tx.Scan([]byte(lo), []byte(hi), reverse, func(k, v []byte) bool {
		got, last = append(got, fmt.Sprintf("%q=%q", k, v)), string(k)
		return len(got) < limit
	})
	if want := scanMap(o.seen, lo, hi, reverse, limit); err != nil || !slices.Equal(got, want) {
		t.Fatalf("scan %q..%q = %q, %v; want %q", lo, hi, got, err, want)
	}
	o.looked = o.looked || lo < hi
	stopped := len(got) == limit
	o.read(func(k string) bool {
		switch {
		case strings.Compare(k, lo) < 0 || strings.Compare(k, hi) >= 0:
			return false
		case stopped && reverse:
			return k >= last
		case stopped:
			return k <= last
		}
		return true
	})
}

func (m *model) commit(t *rapid.T) {
	i, o := m.any(t)
	m.open = slices.Delete(m.open, i, i+1)
	want := error(nil)
	ordered := len(o.written) > 0 || len(o.swept) > 0
	if !ordered && rapid.Bool().Draw(t, "announces") {
		o.tx.Announce()
		ordered = true
	}
	var then txn.Waiter
	if ordered {
		then = Told(func(q storage.Sequence, _ error) { m.told = append(m.told, q) })
		if m.conflicts(o) {
			want = storage.ErrConflict
		}
	}
	sequence, err := o.tx.Commit(1, then)
	if !errors.Is(err, want) || (err != nil) != (want != nil) {
		o.tx.Discard()
		t.Fatalf("commit = %v, want %v", err, want)
	}
	if err != nil {
		o.tx.Discard()
		return
	}
	m.waiting = append(m.waiting, o.tx)
	if !ordered {
		return
	}
	for _, r := range o.swept {
		maps.DeleteFunc(m.state, func(k, _ string) bool { return k >= r[0] && k < r[1] })
	}
	for key := range o.written {
		delete(m.state, key)
		if value, ok := o.seen[key]; ok {
			m.state[key] = value
		}
	}
	m.commits = append(m.commits, modelCommit{slices.Collect(maps.Keys(o.written)), len(o.swept) > 0})
	if sequence != storage.Sequence(len(m.commits)) {
		t.Fatalf("commit %d got sequence %d", len(m.commits), sequence)
	}
}

// conflicts reports whether a commit since o began wrote what o has read.
func (m *model) conflicts(o *modelTxn) bool {
	for _, c := range m.commits[o.since:] {
		if c.swept && o.looked {
			return true
		}
		for _, key := range c.keys {
			for _, read := range o.reads {
				if read(key) {
					return true
				}
			}
		}
	}
	return false
}

func (m *model) wait(t *rapid.T) {
	if len(m.waiting) == 0 {
		t.Skip("nobody waits")
	}
	i := rapid.IntRange(0, len(m.waiting)-1).Draw(t, "waiting")
	tx := m.waiting[i]
	m.waiting = slices.Delete(m.waiting, i, i+1)
	if err := tx.Wait(); err != nil {
		t.Fatal(err)
	}
	tx.Discard()
}

func (m *model) drop(t *rapid.T) {
	i, o := m.any(t)
	o.tx.Discard()
	m.open = slices.Delete(m.open, i, i+1)
}

// check is run after each step: commits are told of in order, each once.
func (m *model) check(t *rapid.T) {
	if err := m.s.WaitDurable(context.Background(), storage.Sequence(len(m.commits))); err != nil {
		t.Fatal(err)
	}
	for i, q := range m.told {
		if q != storage.Sequence(m.checked+i+1) {
			t.Fatalf("told of %v after commit %d", m.told, m.checked)
		}
	}
	if m.checked += len(m.told); m.checked != len(m.commits) {
		t.Fatalf("told of %d commits, there are %d", m.checked, len(m.commits))
	}
	m.told = nil
	if last := storage.Sequence(len(m.commits)); m.s.Durable() != last || m.s.Sequence() != last {
		t.Fatalf("durable %d, sequence %d after %d commits", m.s.Durable(), m.s.Sequence(), len(m.commits))
	}
}
