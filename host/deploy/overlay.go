package deploy

import (
	"bytes"
	"maps"
	"slices"

	"workcell/storage"
)

// overlay is a storage.Writer that keeps its writes to itself, or notes them on their way. One goroutine at a time.
type overlay struct {
	under   storage.Writer
	through bool // writes go on to under, too
	writes  map[string]write
}

var _ storage.Writer = (*overlay)(nil)

type write struct {
	value   []byte
	deleted bool
}

func newOverlay(under storage.Writer, through bool) *overlay {
	return &overlay{under: under, through: through, writes: map[string]write{}}
}

// Get implements storage.Reader.
func (o *overlay) Get(key []byte) ([]byte, bool, error) {
	if o.through {
		return o.under.Get(key)
	}
	if w, ok := o.writes[string(key)]; ok {
		return w.value, !w.deleted, nil
	}
	return o.under.Get(key)
}

// Put implements storage.Writer.
func (o *overlay) Put(key, value []byte) error {
	o.writes[string(key)] = write{value: bytes.Clone(value)}
	if o.through {
		return o.under.Put(key, value)
	}
	return nil
}

// Delete implements storage.Writer.
func (o *overlay) Delete(key []byte) error {
	o.writes[string(key)] = write{deleted: true}
	if o.through {
		return o.under.Delete(key)
	}
	return nil
}

// Scan implements storage.Reader.
func (o *overlay) Scan(lo, hi []byte, reverse bool, visit func(key, value []byte) bool) error {
	if o.through {
		return o.under.Scan(lo, hi, reverse, visit)
	}
	var own []string // of the range, in the order of the scan
	for k := range o.writes {
		if k >= string(lo) && (hi == nil || k < string(hi)) {
			own = append(own, k)
		}
	}
	slices.Sort(own)
	if reverse {
		slices.Reverse(own)
	}
	// before visits the own pairs that come before key; a nil key is the end.
	before := func(key []byte) (more bool) {
		for len(own) > 0 && (key == nil || own[0] < string(key) != reverse && own[0] != string(key)) {
			k := own[0]
			own = own[1:]
			if w := o.writes[k]; !w.deleted && !visit([]byte(k), w.value) {
				return false
			}
		}
		return true
	}
	more := true
	err := o.under.Scan(lo, hi, reverse, func(key, value []byte) bool {
		if more = before(key); !more {
			return false
		}
		if len(own) > 0 && own[0] == string(key) {
			own = own[1:]
			w := o.writes[string(key)]
			if w.deleted {
				return true
			}
			value = w.value
		}
		more = visit(key, value)
		return more
	})
	if err == nil && more {
		before(nil)
	}
	return err
}

// commit passes the writes on.
func (o *overlay) commit() error {
	for _, k := range slices.Sorted(maps.Keys(o.writes)) {
		var err error
		if w := o.writes[k]; w.deleted {
			err = o.under.Delete([]byte(k))
		} else {
			err = o.under.Put([]byte(k), w.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// equal reports whether two overlays were written the same.
func (o *overlay) equal(other *overlay) bool {
	return maps.EqualFunc(o.writes, other.writes, func(a, b write) bool {
		return a.deleted == b.deleted && bytes.Equal(a.value, b.value)
	})
}
