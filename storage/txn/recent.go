package txn

import (
	"encoding/binary"
	"sync"

	"workcell/storage"
)

// recent holds the keys of the last commits, in a ring that is bounded in commits and bytes, so that a transaction can
// compare the ranges it has read with what was written since. Safe for concurrent use.
type recent struct {
	mu      sync.RWMutex     // a leaf; commits are added with Store.mu held too
	entries []recentEntry    // commit q is at q % len(entries); guarded by mu, as are all below
	keys    []byte           // a ring; each key as its length, a varint, and its bytes
	end     uint64           // where in keys the next commit's begin, counted without end
	first   storage.Sequence // the oldest commit held; last+1 if there is none
	last    storage.Sequence
}

// recentEntry says where in recent.keys the keys of a commit lie: in one piece.
type recentEntry struct {
	begin uint64
	size  int
}

func (r *recent) init(commits, keyBytes int, last storage.Sequence) {
	r.entries = make([]recentEntry, commits)
	r.keys = make([]byte, keyBytes)
	r.first, r.last = last+1, last
}

func (r *recent) entry(q storage.Sequence) *recentEntry {
	return &r.entries[q%storage.Sequence(len(r.entries))]
}

// add records the keys of the commit after the last one. Older commits are forgotten to make room; if a commit does not
// fit at all, everything is.
func (r *recent) add(sequence storage.Sequence, keys *keyList) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = sequence
	size := keys.encodedSize()
	if size > len(r.keys) {
		r.first = sequence + 1
		return
	}
	begin := r.end
	if at := int(begin % uint64(len(r.keys))); at+size > len(r.keys) {
		begin += uint64(len(r.keys) - at)
	}
	r.end = begin + uint64(size)
	for r.first < sequence && (r.end-r.entry(r.first).begin > uint64(len(r.keys)) || int(sequence-r.first) >= len(r.entries)) {
		r.first++
	}
	*r.entry(sequence) = recentEntry{begin, size}
	at := int(begin % uint64(len(r.keys)))
	keys.encode(r.keys[at:at])
}

// view returns the encoded keys of a commit that is held. Call with mu held.
func (r *recent) view(q storage.Sequence) []byte {
	e := r.entry(q)
	at := int(e.begin % uint64(len(r.keys)))
	return r.keys[at : at+e.size]
}

// checkStep is how many comparisons are made while commits have to wait for them.
const checkStep = 1024

// unchanged compares what reads has of ranges with the commits after sequence, other than with keys that the transaction
// had already overwritten itself when it read the range. It stops after steps comparisons, or at a change. through is how
// far it came; more says that there are later commits. If the commits are not all held any more, the answer is no.
func (r *recent) unchanged(reads *readSet, own *writeSet, sequence storage.Sequence, steps int) (through storage.Sequence, more, ok bool) {
	if len(reads.ranges) == 0 {
		return sequence, false, true
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if sequence < r.last && sequence+1 < r.first {
		return sequence, false, false
	}
	for through = sequence; through < r.last; through++ {
		if steps <= 0 {
			return through, true, true
		}
		for keys := r.view(through + 1); len(keys) > 0; {
			var key []byte
			key, keys = nextKey(keys)
			steps -= len(reads.ranges)
			if reads.touched(key, own) {
				return through, false, false
			}
		}
	}
	return through, false, true
}

// touched reports whether a key that another transaction wrote lies in what was read.
func (r *readSet) touched(key []byte, own *writeSet) bool {
	for i := range r.ranges {
		read := &r.ranges[i]
		if !read.contains(key) {
			continue
		}
		if p := own.position(hashKey(key), key); p < 0 || p >= read.writes {
			return true
		}
	}
	return false
}

func (l *keyList) encodedSize() int {
	size := len(l.bytes)
	var space [binary.MaxVarintLen64]byte
	for i := range l.len() {
		size += binary.PutUvarint(space[:], uint64(len(l.at(i))))
	}
	return size
}

// encode appends the keys to dst.
func (l *keyList) encode(dst []byte) []byte {
	for i := range l.len() {
		key := l.at(i)
		dst = append(binary.AppendUvarint(dst, uint64(len(key))), key...)
	}
	return dst
}

// nextKey takes the first key off encoded ones.
func nextKey(keys []byte) (key, rest []byte) {
	size, n := binary.Uvarint(keys)
	return keys[n : n+int(size)], keys[n+int(size):]
}
