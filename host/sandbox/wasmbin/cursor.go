package wasmbin

import (
	"fmt"
	"unicode/utf8"
)

// cursor reads b[p:end]. It keeps the first error and from then on reads nothing: p is at end, and values are zero.
type cursor struct {
	b       []byte
	p, end  int
	base    int // offset in the module of b[0], for errors
	section SectionID
	err     *Error

	// With collect set, pads are the encodings that were longer than need be.
	collect bool
	pads    []pad
}

// pad is the place of a LEB128 number that has a shorter form.
type pad struct {
	pos, end int
	signed   bool
}

func (c *cursor) fail(e *Error) {
	if c.err == nil {
		e.Section = c.section
		c.err = e
	}
	c.p = c.end
}

func (c *cursor) malformed(at int, format string, args ...any) {
	c.fail(&Error{Problem: Malformed, Offset: c.base + at, Reason: fmt.Sprintf(format, args...)})
}

func (c *cursor) invalid(at int, format string, args ...any) {
	c.fail(&Error{Problem: Invalid, Offset: c.base + at, Reason: fmt.Sprintf(format, args...)})
}

func (c *cursor) tooBig(at int, what string, n, most uint64) {
	c.fail(&Error{Problem: TooBig, Offset: c.base + at, Reason: fmt.Sprintf("%s: %d, the limit is %d", what, n, most)})
}

func (c *cursor) unsupported(at int, feature, what string) {
	c.fail(&Error{Problem: Unsupported, Offset: c.base + at, Feature: feature, Reason: what + " is part of a feature that is not supported: " + feature})
}

func (c *cursor) short() { c.malformed(c.end, "unexpected end") }

func (c *cursor) byte() byte {
	if c.p >= c.end {
		c.short()
		return 0
	}
	v := c.b[c.p]
	c.p++
	return v
}

// take returns a view of the next n bytes.
func (c *cursor) take(n uint32) []byte {
	if uint64(n) > uint64(c.end-c.p) {
		c.malformed(c.p, "length out of bounds: %d bytes, %d are left", n, c.end-c.p)
		return nil
	}
	s := c.b[c.p : c.p+int(n) : c.p+int(n)]
	c.p += int(n)
	return s
}

func (c *cursor) skip(n int) {
	if n > c.end-c.p {
		c.short()
		return
	}
	c.p += n
}

// u32 reads an unsigned LEB128 number of at most five bytes.
func (c *cursor) u32() uint32 {
	if c.p < c.end && c.b[c.p] < 0x80 {
		c.p++
		return uint32(c.b[c.p-1])
	}
	return uint32(c.unsigned(32))
}

func (c *cursor) unsigned(bits uint) uint64 {
	start := c.p
	var v uint64
	for shift := uint(0); ; shift += 7 {
		x := c.byte()
		if c.err != nil {
			return 0
		}
		v |= uint64(x&0x7f) << shift
		if left := bits - shift; left <= 7 {
			if x >= 0x80 {
				c.malformed(start, "integer representation too long")
			} else if left < 7 && x>>left != 0 {
				c.malformed(start, "integer too large")
			}
		}
		if x < 0x80 {
			if x == 0 && shift > 0 && c.collect {
				c.pads = append(c.pads, pad{start, c.p, false})
			}
			return v
		}
	}
}

// signed reads a signed LEB128 number of the given width: 32, 33 or 64.
func (c *cursor) signed(bits uint) int64 {
	start := c.p
	var v int64
	var last byte
	for shift := uint(0); ; shift += 7 {
		x := c.byte()
		if c.err != nil {
			return 0
		}
		v |= int64(x&0x7f) << shift
		if left := bits - shift; left <= 7 {
			// The bits above the number's width must repeat its sign.
			sign := int8(x<<1) >> left
			if x >= 0x80 {
				c.malformed(start, "integer representation too long")
			} else if sign != 0 && sign != -1 {
				c.malformed(start, "integer too large")
			}
		}
		if x < 0x80 {
			if shift+7 < 64 && x&0x40 != 0 {
				v |= -1 << (shift + 7)
			}
			if c.collect && shift > 0 && isSignPad(last, x) {
				c.pads = append(c.pads, pad{start, c.p, true})
			}
			return v
		}
		last = x
	}
}

// isSignPad reports whether x, the last byte of a signed number, only repeats the sign of the byte before.
func isSignPad(before, x byte) bool {
	return x&0x7f == 0 && before&0x40 == 0 || x&0x7f == 0x7f && before&0x40 != 0
}

// count reads the length of a vector whose items take at least size bytes each.
func (c *cursor) count(what string, most uint32, size int) int {
	at := c.p
	n := c.u32()
	if n > most {
		c.tooBig(at, what, uint64(n), uint64(most))
		return 0
	}
	if uint64(n)*uint64(size) > uint64(c.end-c.p) {
		c.malformed(at, "%s: length out of bounds: %d, %d bytes are left", what, n, c.end-c.p)
		return 0
	}
	return int(n)
}

// name reads a name, which is valid UTF-8.
func (c *cursor) name() []byte {
	at := c.p
	n := c.u32()
	if n > MaxNameBytes {
		if uint64(n) > uint64(c.end-c.p) {
			c.malformed(at, "length out of bounds: %d bytes, %d are left", n, c.end-c.p)
			return nil
		}
		c.tooBig(at, "bytes of a name", uint64(n), MaxNameBytes)
		return nil
	}
	s := c.take(n)
	if !utf8.Valid(s) {
		c.malformed(at, "malformed UTF-8 encoding of a name")
	}
	return s
}

// index reads an index that must be below n.
func (c *cursor) index(what string, n int) uint32 {
	at := c.p
	i := c.u32()
	if uint64(i) >= uint64(n) && c.err == nil {
		c.invalid(at, "unknown %s %d, there are %d", what, i, n)
	}
	return i
}

// zero reads a byte that is reserved.
func (c *cursor) zero() {
	if at := c.p; c.byte() != 0 {
		c.malformed(at, "zero byte expected")
	}
}

// trim appends b[from:to] to dst with the pads in it, which are in order, made as short as can be.
func trim(dst, b []byte, from, to int, pads []pad) []byte {
	for _, p := range pads {
		dst = append(dst, b[from:p.pos]...)
		n := p.end - p.pos
		for n > 1 {
			x, before := b[p.pos+n-1], b[p.pos+n-2]
			if p.signed && !isSignPad(before, x) || !p.signed && x&0x7f != 0 {
				break
			}
			n--
		}
		dst = append(dst, b[p.pos:p.pos+n]...)
		dst[len(dst)-1] &= 0x7f
		from = p.end
	}
	return append(dst, b[from:to]...)
}
