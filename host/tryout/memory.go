package tryout

import (
	"maps"
	"slices"

	"workcell/storage"
)

// memory is a store for one transaction after the other.
type memory map[string][]byte

// transaction is the writes of one call over a memory; a nil value is a deleted key.
type transaction struct {
	base   memory
	writes map[string][]byte
}

var _ storage.Writer = (*transaction)(nil)

func (m memory) begin() *transaction { return &transaction{base: m, writes: map[string][]byte{}} }

// commit makes the writes part of the memory.
func (t *transaction) commit() {
	for key, value := range t.writes {
		if value == nil {
			delete(t.base, key)
		} else {
			t.base[key] = value
		}
	}
}

// Get implements storage.Reader.
func (t *transaction) Get(key []byte) (value []byte, found bool, err error) {
	value, written := t.writes[string(key)]
	if !written {
		value = t.base[string(key)]
	}
	return value, value != nil, nil
}

// Scan implements storage.Reader. It sorts what it visits, each time: there is little of it.
func (t *transaction) Scan(lo, hi []byte, reverse bool, visit func(key, value []byte) (more bool)) error {
	found := map[string][]byte{}
	for _, pairs := range []map[string][]byte{t.base, t.writes} {
		for key, value := range pairs {
			if key >= string(lo) && (hi == nil || key < string(hi)) {
				found[key] = value
			}
		}
	}
	keys := slices.Sorted(maps.Keys(found))
	if reverse {
		slices.Reverse(keys)
	}
	for _, key := range keys {
		if value := found[key]; value != nil && !visit([]byte(key), value) {
			break
		}
	}
	return nil
}

// Put implements storage.Writer.
func (t *transaction) Put(key, value []byte) error {
	t.writes[string(key)] = append([]byte{}, value...)
	return nil
}

// Delete implements storage.Writer.
func (t *transaction) Delete(key []byte) error {
	t.writes[string(key)] = nil
	return nil
}
