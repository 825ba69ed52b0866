package wire

import (
	"encoding/binary"

	"github.com/gobwas/ws"
)

// headerRoom is the longest header of a frame from server to client: two bytes and a 64-bit length, no mask.
const headerRoom = 10

// Frame is one encoded, unmasked, final binary frame: header and payload in one run of bytes. It is immutable and may
// be queued on any number of connections at once; a queue holds a reference, not a copy. The zero Frame sends nothing.
type Frame struct {
	wire []byte
}

// NewFrame encodes a message once for all who will get it. fill appends the payload to dst, which already holds a few
// bytes kept free for the header, and returns the extended slice; it must not look at or change what was there. A
// payload longer than sizeHint bytes costs a second allocation, as append does. NewFrame retains what fill returns.
func NewFrame(sizeHint int, fill func(dst []byte) []byte) Frame {
	buf := fill(make([]byte, headerRoom, headerRoom+max(sizeHint, 0)))
	if len(buf) < headerRoom {
		panic("wire: fill returned less than it was given")
	}
	length := len(buf) - headerRoom
	start := headerRoom - headerSize(length)
	appendHeader(buf[start:start], ws.OpBinary, length)
	return Frame{wire: buf[start:]}
}

// Payload returns a view of the message without its header, valid for ever; do not write to it.
func (f Frame) Payload() []byte {
	if len(f.wire) < 2 {
		return nil
	}
	switch f.wire[1] {
	case 126:
		return f.wire[4:]
	case 127:
		return f.wire[10:]
	}
	return f.wire[2:]
}

// headerSize is the length of the header that appendHeader writes for a payload of length bytes.
func headerSize(length int) int {
	switch {
	case length < 126:
		return 2
	case length <= 0xffff:
		return 4
	}
	return headerRoom
}

// appendHeader appends the header of an unmasked final frame to dst.
func appendHeader(dst []byte, op ws.OpCode, length int) []byte {
	first := 0x80 | byte(op)
	switch headerSize(length) {
	case 2:
		return append(dst, first, byte(length))
	case 4:
		return append(dst, first, 126, byte(length>>8), byte(length))
	}
	return binary.BigEndian.AppendUint64(append(dst, first, 127), uint64(length))
}

// controlFrame encodes a control frame; payload has at most 125 bytes.
func controlFrame(op ws.OpCode, payload []byte) []byte {
	return append(appendHeader(make([]byte, 0, 2+len(payload)), op, len(payload)), payload...)
}

// parseHeader reads the frame header at the front of b and returns it with its size in bytes. A size of 0 means that b
// ends inside the header. A Length below 0 is a declared length with its highest bit set; the caller refuses it. Lengths
// that could have been written shorter are accepted, as other servers do. It does not allocate.
//
//	byte 0    FIN, RSV1-3, opcode (4 bits)
//	byte 1    MASK, length (7 bits): 0-125, or 126: the next 2 bytes, or 127: the next 8 bytes, big endian
//	then      the mask, 4 bytes, if MASK is set                                           RFC 6455 section 5.2
func parseHeader(b []byte) (h ws.Header, size int) {
	if len(b) < 2 {
		return h, 0
	}
	h.Fin = b[0]&0x80 != 0
	h.Rsv = b[0] & 0x70 >> 4
	h.OpCode = ws.OpCode(b[0] & 0x0f)
	h.Masked = b[1]&0x80 != 0
	h.Length = int64(b[1] & 0x7f)
	size = 2
	switch h.Length {
	case 126:
		if len(b) < 4 {
			return h, 0
		}
		h.Length = int64(binary.BigEndian.Uint16(b[2:]))
		size = 4
	case 127:
		if len(b) < 10 {
			return h, 0
		}
		h.Length = int64(binary.BigEndian.Uint64(b[2:]))
		size = 10
	}
	if h.Masked {
		if len(b) < size+4 {
			return h, 0
		}
		copy(h.Mask[:], b[size:])
		size += 4
	}
	return h, size
}
