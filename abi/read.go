package abi

// A reader takes values off the front of a message between host and guest. Once one was not there, or exceeded its
// limit, all that follow are zero.
type reader struct {
	rest   []byte
	failed bool
}

// ended reports whether all values were there and nothing is left over.
func (r *reader) ended() bool { return !r.failed && len(r.rest) == 0 }

// view takes n bytes.
func (r *reader) view(n int) []byte {
	if r.failed || n > len(r.rest) {
		r.failed = true
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) uint8() uint8 {
	if b := r.view(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.view(4); b != nil {
		return uint32At(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	low := r.uint32()
	return uint64(r.uint32())<<32 | uint64(low)
}

func (r *reader) array16() (a [16]byte) {
	copy(a[:], r.view(len(a)))
	return a
}

// number takes a number that must not exceed most.
func (r *reader) number(most uint32) int {
	n := r.uint32()
	if n > most {
		r.failed = true
		return 0
	}
	return int(n)
}

// text takes a length and that many bytes, at most so many.
func (r *reader) text(most uint32) string { return string(r.view(r.number(most))) }

// bytes is text as a slice: a copy, nil if there are none.
func (r *reader) bytes(most uint32) []byte { return append([]byte(nil), r.view(r.number(most))...) }

// appendSized appends a length and that many bytes.
func appendSized[T string | []byte](dst []byte, s T) []byte {
	return append(appendUint32(dst, uint32(len(s))), s...)
}

func appendUint64(dst []byte, n uint64) []byte {
	return appendUint32(appendUint32(dst, uint32(n)), uint32(n>>32))
}
