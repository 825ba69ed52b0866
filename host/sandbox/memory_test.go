package sandbox_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"

	"workcell/storage"
)

// memory is a storage.Writer in memory: what one call sees and writes. Views it hands out are overwritten when they go
// stale.
type memory struct {
	pairs map[string][]byte
	view  []byte
	fault error // of every operation
}

var _ storage.Writer = (*memory)(nil)

var errFault = errors.New("the disk is on fire")

func newMemory() *memory { return &memory{pairs: map[string][]byte{}} }

func (m *memory) Get(key []byte) ([]byte, bool, error) {
	value, found := m.pairs[string(key)]
	return m.lend(value), found, m.fault
}

// lend returns a view of value and breaks the one before.
func (m *memory) lend(value []byte) []byte {
	for i := range m.view {
		m.view[i] = 0xdd
	}
	m.view = bytes.Clone(value)
	return m.view
}

func (m *memory) Scan(lo, hi []byte, reverse bool, visit func(key, value []byte) bool) error {
	keys := slices.Sorted(maps.Keys(m.pairs))
	if reverse {
		slices.Reverse(keys)
	}
	for _, key := range keys {
		if key < string(lo) || hi != nil && key >= string(hi) {
			continue
		}
		if !visit([]byte(key), m.lend(m.pairs[key])) {
			break
		}
	}
	return m.fault
}

func (m *memory) Put(key, value []byte) error {
	m.pairs[string(key)] = append([]byte{}, value...)
	return m.fault
}

func (m *memory) Delete(key []byte) error {
	delete(m.pairs, string(key))
	return m.fault
}
