// Package storagetest helps to test storage: an engine in memory whose syncs a test can hold back, fail and lose, and the
// suites that every engine (Run) and the transactions on it (RunStore) have to pass.
package storagetest

import (
	"bytes"
	"errors"
	"runtime"
	"slices"
	"sync"

	"workcell/storage"
)

// Memory is a storage.Engine in memory. Safe for concurrent use. Snapshots are immutable sorted slices, an apply makes a
// new one: simple, and slow with many keys. Views it hands out are overwritten when they go stale, so that a caller who
// keeps one reads rubbish.
type Memory struct {
	mu      sync.Mutex
	changed sync.Cond         // syncs were released
	states  []state           // the durable one, then those applied since; guarded by mu
	base    int               // number of states forgotten before states[0]; guarded by mu
	held    bool              // guarded by mu
	faults  map[string]error  // by operation; guarded by mu
	hooks   map[string]func() // by moment; guarded by mu
	closed  bool              // guarded by mu
}

// state is a consistent state of the engine, in key order. Immutable.
type state []pair

type pair struct {
	key, value []byte
	deleted    bool // only in the own writes of a batch
}

// NewMemory returns an empty engine.
func NewMemory() *Memory {
	m := &Memory{states: []state{nil}, faults: map[string]error{}, hooks: map[string]func(){}}
	m.changed.L = &m.mu
	return m
}

// Crash returns a new engine with what would survive a power failure now: the synced commits, and of the others the first
// unsynced ones. m stays usable.
func (m *Memory) Crash(unsynced int) *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	survivor := NewMemory()
	survivor.states[0] = m.states[min(unsynced, len(m.states)-1)]
	return survivor
}

// Unsynced returns the number of applies that are not durable yet.
func (m *Memory) Unsynced() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.states) - 1
}

// HoldSync lets every Sync wait until ReleaseSync; the wait counts as durably blocked in a testing/synctest bubble.
func (m *Memory) HoldSync() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = true
}

// ReleaseSync ends HoldSync.
func (m *Memory) ReleaseSync() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = false
	m.changed.Broadcast()
}

// Fail lets an operation fail until it is called with a nil error: "begin", "get", "scan", "put", "delete", "apply" (with
// nothing written), "sync".
func (m *Memory) Fail(operation string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults[operation] = err
}

func (m *Memory) fault(operation string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.faults[operation]
}

// At runs f once, at the next "begun" (a snapshot was pinned), "applying" or "applied", in the goroutine that got there: a
// second transaction can so be run in the middle of the first one's steps.
func (m *Memory) At(moment string, f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hooks[moment] = f
}

func (m *Memory) reached(moment string) {
	m.mu.Lock()
	f := m.hooks[moment]
	delete(m.hooks, moment)
	m.mu.Unlock()
	if f != nil {
		f()
		return
	}
	runtime.Gosched() // others come between wherever they can
}

// NewBatch implements storage.Engine.
func (m *Memory) NewBatch() storage.Batch { return &memoryBatch{engine: m} }

// Close implements storage.Engine.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errors.New("memory engine is closed twice")
	}
	m.closed = true
	return nil
}

// Reopen returns m, open again, with everything that was applied.
func (m *Memory) Reopen() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = false
	return m
}

func (m *Memory) snapshot() (state, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, errors.New("memory engine is closed")
	}
	return m.states[len(m.states)-1], m.faults["begin"]
}

// apply makes own visible over the latest state without the ranges, and returns the number of this apply.
func (m *Memory) apply(ranges []bound, own state) (number int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.faults["apply"]; err != nil {
		return 0, err
	}
	latest := m.states[len(m.states)-1]
	for _, r := range ranges {
		latest = latest.without(r)
	}
	m.states = append(m.states, merge(latest, own, nil, nil))
	return m.base + len(m.states) - 1, nil
}

// sync makes the first applies up to number durable.
func (m *Memory) sync(number int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.held {
		m.changed.Wait()
	}
	if err := m.faults["sync"]; err != nil {
		return err
	}
	if number > m.base {
		m.states = slices.Clone(m.states[number-m.base:])
		m.base = number
	}
	return nil
}

// merge returns the pairs with lo <= key < hi of both states, the second one over the first, without deleted ones.
func merge(under, over state, lo, hi []byte) state {
	under, over = under.slice(lo, hi), over.slice(lo, hi)
	merged := make(state, 0, len(under)+len(over))
	for len(under) > 0 || len(over) > 0 {
		switch {
		case len(over) == 0 || len(under) > 0 && bytes.Compare(under[0].key, over[0].key) < 0:
			merged, under = append(merged, under[0]), under[1:]
		default:
			if len(under) > 0 && bytes.Equal(under[0].key, over[0].key) {
				under = under[1:]
			}
			if !over[0].deleted {
				merged = append(merged, over[0])
			}
			over = over[1:]
		}
	}
	return merged
}

func (s state) find(key []byte) (int, bool) {
	return slices.BinarySearchFunc(s, key, func(p pair, k []byte) int { return bytes.Compare(p.key, k) })
}

// without returns s without the keys of r.
func (s state) without(r bound) state {
	from, _ := s.find(r.lo)
	to, _ := s.find(r.hi)
	return slices.Concat(s[:from], s[to:])
}

// slice returns the part with lo <= key < hi; a nil hi is the end.
func (s state) slice(lo, hi []byte) state {
	from, _ := s.find(lo)
	to := len(s)
	if hi != nil {
		to, _ = s.find(hi)
	}
	return s[from:max(from, to)]
}
