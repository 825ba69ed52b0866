package txn

import "bytes"

// writeSet is the set of keys that a transaction has written, in the order of their first write.
type writeSet struct {
	keys   keyList
	hashes []uint64 // of keys
	table  []int32  // open addressing by hash: position+1, 0 is free; a power of two, at most half full
}

// keyList is a list of keys in one buffer.
type keyList struct {
	bytes []byte
	ends  []int32 // keys[i] is bytes[ends[i-1]:ends[i]]
}

func (l *keyList) len() int { return len(l.ends) }

func (l *keyList) at(i int) []byte {
	from := int32(0)
	if i > 0 {
		from = l.ends[i-1]
	}
	return l.bytes[from:l.ends[i]]
}

func (l *keyList) add(key []byte) {
	l.bytes = append(l.bytes, key...)
	l.ends = append(l.ends, int32(len(l.bytes)))
}

func (l *keyList) reset() {
	l.bytes, l.ends = reuse(l.bytes, keptBytes), reuse(l.ends, keptItems)
}

func (w *writeSet) len() int { return len(w.hashes) }

func (w *writeSet) contains(hash uint64, key []byte) bool {
	return w.position(hash, key) >= 0
}

// position returns when key was first written, counted from 0, or -1.
func (w *writeSet) position(hash uint64, key []byte) int {
	if len(w.table) == 0 {
		return -1
	}
	mask := uint64(len(w.table) - 1)
	for i := hash & mask; w.table[i] != 0; i = (i + 1) & mask {
		p := int(w.table[i] - 1)
		if w.hashes[p] == hash && bytes.Equal(w.keys.at(p), key) {
			return p
		}
	}
	return -1
}

func (w *writeSet) add(hash uint64, key []byte) {
	if w.contains(hash, key) {
		return
	}
	w.keys.add(key)
	w.hashes = append(w.hashes, hash)
	if 2*len(w.hashes) <= len(w.table) {
		w.index(len(w.hashes) - 1)
		return
	}
	w.table = make([]int32, max(32, 2*len(w.table)))
	for p := range w.hashes {
		w.index(p)
	}
}

// index enters the key at position p into the table.
func (w *writeSet) index(p int) {
	mask := uint64(len(w.table) - 1)
	i := w.hashes[p] & mask
	for w.table[i] != 0 {
		i = (i + 1) & mask
	}
	w.table[i] = int32(p + 1)
}

func (w *writeSet) reset() {
	w.keys.reset()
	w.hashes = reuse(w.hashes, keptItems)
	w.table = reuse(w.table, keptItems)
	w.table = w.table[:cap(w.table)]
	clear(w.table)
}
