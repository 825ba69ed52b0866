//go:build amd64 || arm64

package wire

import "sync/atomic"

const (
	tableChunk = 1 << 10
	maxPolled  = 1 << 20 // descriptors; a larger one is refused
)

// table finds connections, or what belongs to them, by their descriptors. A descriptor is used again as soon as it is
// closed, so whoever looks one up on an event takes the answer for a hint. Safe for concurrent use.
type table[T any] struct {
	chunks [maxPolled / tableChunk]atomic.Pointer[[tableChunk]atomic.Pointer[T]]
}

func (t *table[T]) get(fd int32) *T {
	if chunk := t.chunks[fd/tableChunk].Load(); chunk != nil {
		return chunk[fd%tableChunk].Load()
	}
	return nil
}

// set enters v, or takes out what is there if v is nil.
func (t *table[T]) set(fd int32, v *T) {
	slot := &t.chunks[fd/tableChunk]
	chunk := slot.Load()
	if chunk == nil {
		slot.CompareAndSwap(nil, new([tableChunk]atomic.Pointer[T]))
		chunk = slot.Load()
	}
	chunk[fd%tableChunk].Store(v)
}

// all calls f for each entry.
func (t *table[T]) all(f func(*T)) {
	for i := range t.chunks {
		chunk := t.chunks[i].Load()
		if chunk == nil {
			continue
		}
		for j := range chunk {
			if v := chunk[j].Load(); v != nil {
				f(v)
			}
		}
	}
}
