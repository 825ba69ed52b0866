package txn

import (
	"bytes"
	"slices"
)

// maxRanges is how many ranges a transaction remembers. One that scans more often remembers wider ones: two neighbours
// become one with all that lies between them. That can only cause a conflict that was none.
const maxRanges = 64

// readSet is what a transaction has read of the store: slots of keys and ranges of keys.
type readSet struct {
	points []uint16                     // slots, each once
	seen   [(1 << slotBits) / 64]uint64 // which slots are in points
	ranges []keyRange                   // by lo, at most maxRanges
	bytes  []byte                       // holds the bounds of ranges
}

// keyRange is lo <= key < hi; a nil hi is the end of all keys. Its slices are views into an older or the current
// readSet.bytes; nobody writes to them.
type keyRange struct {
	lo, hi []byte
	writes int // how many keys the transaction itself had written before: those hid what the store held
}

func (r *readSet) empty() bool { return len(r.points) == 0 && len(r.ranges) == 0 }

func (r *readSet) addPoint(hash uint64) {
	slot := slotOf(hash)
	if r.seen[slot/64]&(1<<(slot%64)) != 0 {
		return
	}
	r.seen[slot/64] |= 1 << (slot % 64)
	r.points = append(r.points, slot)
}

func (r *readSet) addRange(lo, hi []byte, writes int) {
	added := keyRange{lo: lo, hi: hi, writes: writes}
	for _, known := range r.ranges {
		if known.covers(added) {
			return
		}
	}
	if len(r.ranges) == maxRanges {
		r.coarsen()
	}
	added.lo = r.keep(lo)
	if hi != nil {
		added.hi = r.keep(hi)
	}
	at, _ := slices.BinarySearchFunc(r.ranges, added.lo, func(known keyRange, lo []byte) int { return bytes.Compare(known.lo, lo) })
	r.ranges = slices.Insert(r.ranges, at, added)
}

// coarsen joins two neighbours: those whose beginnings have the most in common.
func (r *readSet) coarsen() {
	best, most := 0, -1
	for i := range len(r.ranges) - 1 {
		if n := common(r.ranges[i].lo, r.ranges[i+1].lo); n > most {
			best, most = i, n
		}
	}
	r.ranges[best].join(r.ranges[best+1])
	r.ranges = slices.Delete(r.ranges, best+1, best+2)
}

// common returns the length of the common prefix.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
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
	r.points, r.ranges, r.bytes = reuse(r.points, keptItems), r.ranges[:0], reuse(r.bytes, keptBytes)
}

func (r keyRange) contains(key []byte) bool {
	return bytes.Compare(r.lo, key) <= 0 && (r.hi == nil || bytes.Compare(key, r.hi) < 0)
}

// covers reports whether a change that matters to other matters to r too.
func (r keyRange) covers(other keyRange) bool {
	return r.writes <= other.writes && bytes.Compare(r.lo, other.lo) <= 0 &&
		(r.hi == nil || other.hi != nil && bytes.Compare(other.hi, r.hi) <= 0)
}

// join widens r to other, which does not begin before it.
func (r *keyRange) join(other keyRange) {
	if r.hi != nil && (other.hi == nil || bytes.Compare(r.hi, other.hi) < 0) {
		r.hi = other.hi
	}
	r.writes = min(r.writes, other.writes)
}

// What a transaction keeps of its buffers for the next one.
const (
	keptItems = 4 << 10
	keptBytes = 32 << 10
)

// reuse empties a buffer, and lets go of one that an unusual transaction has blown up.
func reuse[T any](buffer []T, most int) []T {
	if cap(buffer) > most {
		return nil
	}
	return buffer[:0]
}
