package wire

import (
	"sync"
	"unsafe"
)

// Message buffers grow through fixed sizes, each with its own pool. Beyond the largest they double and are left to the
// collector: such messages are rare, and a pool must not pin them.
var (
	bufferSizes = [...]int{1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20}
	bufferPools [len(bufferSizes)]sync.Pool // of *byte: the first of so many, which costs no allocation
)

// grow returns b with room for n more bytes of a message that never has more than limit. If it has to move them, the
// old buffer goes back to its pool: b must not be used again.
func grow(b []byte, n, limit int) []byte {
	need := len(b) + n
	if need <= cap(b) {
		return b
	}
	bigger := append(newBuffer(need, limit), b...)
	releaseBuffer(b)
	return bigger
}

// newBuffer returns an empty buffer with room for n bytes: at most four times that, or 1 KiB.
func newBuffer(n, limit int) []byte {
	for i, size := range bufferSizes {
		if n <= size {
			if p, ok := bufferPools[i].Get().(*byte); ok {
				return unsafe.Slice(p, size)[:0]
			}
			return make([]byte, 0, size)
		}
	}
	return make([]byte, 0, max(n, min(2*n, limit)))
}

// releaseBuffer takes back a buffer from newBuffer or grow, or nil.
func releaseBuffer(b []byte) {
	for i, size := range bufferSizes {
		if cap(b) == size {
			mangle(b[:size])
			bufferPools[i].Put(unsafe.SliceData(b))
			return
		}
	}
}
