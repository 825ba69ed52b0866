package pages

import "os"

// heap keeps the bytes in an ordinary slice, and restores them all. It is the method Copy.
type heap struct {
	content []byte // of the image
	bytes   []byte // as long as was ever asked for
	keep    int    // bytes beyond the content that may stay when the memory shrinks
}

func newHeap(image *Image, keep int) *heap {
	h := &heap{keep: keep}
	if image != nil {
		h.content = image.content
		h.bytes = make([]byte, len(h.content))
		copy(h.bytes, h.content)
	}
	return h
}

func (h *heap) resize(size int) ([]byte, error) {
	if size > cap(h.bytes) || size+h.keep < cap(h.bytes) {
		moved := make([]byte, size)
		copy(moved, h.bytes)
		h.bytes = moved
	}
	h.bytes = h.bytes[:max(size, len(h.bytes))]
	return h.bytes[:size:size], nil
}

func (h *heap) reset(high int) (Stats, error) {
	n := copy(h.bytes, h.content)
	clear(h.bytes[n:high])
	return Stats{Dirty: high / os.Getpagesize()}, nil
}

func (h *heap) decay() error { return nil }

func (h *heap) free() error {
	h.bytes, h.content = nil, nil
	return nil
}
