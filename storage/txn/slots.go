package txn

import "workcell/storage"

// slotBits: 16 Ki slots of 8 bytes. 64 transactions that write 10 keys each occupy 4 % of them; a read that meets one of
// these by chance costs a re-run, never a wrong result.
const slotBits = 14

// slots hold, for each group of keys, the last commit that wrote one of them. The zero value is ready: no commit of this
// run has written anything, and every transaction starts after those of earlier runs.
type slots [1 << slotBits]storage.Sequence

func slotOf(hash uint64) uint16 { return uint16(hash >> (64 - slotBits)) }

// unchanged reports whether none of the points was written after start.
func (s *slots) unchanged(points []uint16, start storage.Sequence) bool {
	for _, p := range points {
		if s[p] > start {
			return false
		}
	}
	return true
}

// set records that sequence wrote the keys with these hashes.
func (s *slots) set(hashes []uint64, sequence storage.Sequence) {
	for _, h := range hashes {
		s[slotOf(h)] = sequence
	}
}

// hashKey is FNV-1a with a final mix, so that the high bits depend on all bytes. The same in every run: tests rely on it.
func hashKey(key []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range key {
		h = (h ^ uint64(c)) * 1099511628211
	}
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}
