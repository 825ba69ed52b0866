package txn

import "workcell/storage"

// recent is a ring of the last commits' keys, bounded in commits and bytes. Commit q is at q % len(entries).
type recent struct {
	entries  []keyList
	maxBytes int
	bytes    int              // of all keys held
	first    storage.Sequence // the oldest commit held; last+1 if there is none
	last     storage.Sequence
}

func (r *recent) init(commits, maxBytes int, last storage.Sequence) {
	r.entries = make([]keyList, commits)
	r.maxBytes = maxBytes
	r.first, r.last = last+1, last
}

func (r *recent) entry(q storage.Sequence) *keyList {
	return &r.entries[q%storage.Sequence(len(r.entries))]
}

// add records the keys of the commit after the last one. It takes their buffers and leaves its own, emptied, in exchange.
// Older commits are dropped to stay within the bounds; a commit that exceeds them alone is dropped at once.
func (r *recent) add(sequence storage.Sequence, keys *keyList) {
	if int(r.last+1-r.first) == len(r.entries) {
		r.drop()
	}
	e := r.entry(sequence)
	*e, *keys = *keys, *e
	r.bytes += len(e.bytes)
	r.last = sequence
	for r.bytes > r.maxBytes {
		r.drop()
	}
}

// drop forgets the oldest commit.
func (r *recent) drop() {
	e := r.entry(r.first)
	r.bytes -= len(e.bytes)
	e.reset()
	r.first++
}

// unchanged reports whether no commit after start wrote a key inside one of the ranges, other than keys that the
// transaction had already overwritten itself when it read the range. If the commits after start are not all held any
// more, the answer is no.
func (r *recent) unchanged(ranges []keyRange, own *writeSet, start storage.Sequence) bool {
	if len(ranges) == 0 || start == r.last {
		return true
	}
	if start+1 < r.first {
		return false
	}
	for q := start + 1; q <= r.last; q++ {
		e := r.entry(q)
		for i := range e.len() {
			if key := e.at(i); touched(key, ranges, own) {
				return false
			}
		}
	}
	return true
}

func touched(key []byte, ranges []keyRange, own *writeSet) bool {
	for _, read := range ranges {
		if !read.contains(key) {
			continue
		}
		if p := own.position(hashKey(key), key); p < 0 || p >= read.writes {
			return true
		}
	}
	return false
}
