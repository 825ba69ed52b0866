package txn

import "bytes"

// readSet is what a transaction has read of the store: slots of keys and ranges of keys.
type readSet struct {
	points []uint16                     // slots, each once
	seen   [(1 << slotBits) / 64]uint64 // which slots are in points
	ranges []keyRange
	bytes  []byte // holds the bounds of ranges
}

// keyRange is lo <= key < hi; a nil hi is the end of all keys. Its slices are views into an older or the current
// readSet.bytes; nobody writes to them.
type keyRange struct {
	lo, hi []byte
	writes int // how many keys the transaction itself had written before: those hid what the store held
}

func (r *readSet) addPoint(hash uint64) {
	slot := slotOf(hash)
	if r.seen[slot/64]&(1<<(slot%64)) != 0 {
		return
	}
	r.seen[slot/64] |= 1 << (slot % 64)
	r.points = append(r.points, slot)
}

func (r *readSet) addRange(lo, hi []byte, writes int) {
	added := keyRange{lo: r.keep(lo), writes: writes}
	if hi != nil {
		added.hi = r.keep(hi)
	}
	r.ranges = append(r.ranges, added)
}

// keep copies b; the result is never nil.
func (r *readSet) keep(b []byte) []byte {
	if r.bytes == nil {
		r.bytes = make([]byte, 0, 256)
	}
	from := len(r.bytes)
	r.bytes = append(r.bytes, b...)
	return r.bytes[from:len(r.bytes):len(r.bytes)]
}

func (r *readSet) reset() {
	for _, slot := range r.points {
		r.seen[slot/64] = 0
	}
	r.points, r.ranges, r.bytes = r.points[:0], r.ranges[:0], reuse(r.bytes)
}

func (r keyRange) contains(key []byte) bool {
	return bytes.Compare(r.lo, key) <= 0 && (r.hi == nil || bytes.Compare(key, r.hi) < 0)
}

// reuse empties a buffer, and lets go of one that an unusual transaction has blown up.
func reuse[T any](buffer []T) []T {
	if cap(buffer) > 4096 {
		return nil
	}
	return buffer[:0]
}
