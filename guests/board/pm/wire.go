// Package pm holds the messages of the work-item board as plain structs, small enough for a wasm guest.
//
// The structs, and with them their Append and Parse methods, are generated: pm.gen.go from abi/pm.proto (what clients
// and server exchange) and record.gen.go from record.proto beside this file (what the board stores besides). After a
// change of a schema run
//
//	go -C tools run ./protogen
//
// This file is the runtime under them. There is no reflection and no formatting here, because those would more than
// double the size of a guest. The host and other programs use workcell/host/client/pmpb instead, which is protobuf-go's
// form of the same schema; the two agree byte for byte, and the tests of this package hold them to it:
//
//   - Append writes what protobuf-go's deterministic Marshal writes. The exception is a string that is not valid UTF-8,
//     which Marshal refuses and Append writes unseen: check text from elsewhere before it enters a message.
//   - Parse accepts exactly what protobuf-go's Unmarshal accepts, and understands the same by it. Called on a message
//     that is not empty it merges: scalars are replaced, repeated fields grow, embedded messages merge in turn.
//
// # Presence
//
// A field the schema calls optional is a pointer, nil when absent. An embedded message is a pointer too. All other
// fields are absent when zero; an enum is a named int32 and may hold numbers without a name.
//
// # Unknown fields
//
// What a message carries beyond the schema, including a known number under an unexpected wire type, is kept in Unknown
// and written back at the end. So a record survives being rewritten by an older handler after a rollback.
//
// # Size
//
// There is one Append and one Parse for each message, and all are made of the same few helpers. Those are marked noinline:
// the copies would take 80 KB of a module that uses most messages.
//
// # Who owns the bytes
//
// Parse borrows its argument until return and copies whatever the message keeps, Unknown included. Append appends to
// dst, which may grow into a new array, and retains nothing. A message is a plain value: one goroutine at a time.
package pm

import (
	"errors"
	"unicode/utf8"
)

// ErrMalformed is the only error of Parse: truncated or oversized varints and lengths, field number zero or above
// 2^29-1, reserved wire types, groups that do not nest, text that is not UTF-8.
var ErrMalformed = errors.New("pm: malformed message")

// The wire types of the encoding, the low three bits of a field's key. Groups are obsolete; no schema has them, but a
// sender may.
const (
	varintType     = 0
	fixed64Type    = 1
	lengthType     = 2
	groupStartType = 3
	groupEndType   = 4
	fixed32Type    = 5
)

const (
	maxNumber      = 1<<29 - 1 // of a message's own fields
	maxGroupNumber = 1<<31 - 1 // of fields inside an unknown group, where protobuf-go is laxer
	maxGroupDepth  = 10_001    // nested unknown groups
)

// A field is one field of an encoded message. Its slices are views into the bytes given to next.
type field struct {
	key    uint64 // number<<3 | wire type
	varint uint64 // the value, if the wire type is varintType
	bytes  []byte // the content, if the wire type is lengthType
	value  []byte // the encoded value of any wire type: all of the field behind its key
}

// next splits b, which must not be empty, into its first field and the rest.
func next(b []byte) (f field, rest []byte, err error) {
	key, n := Varint(b)
	if n == 0 || key>>3 == 0 || key>>3 > maxNumber {
		return field{}, nil, ErrMalformed
	}
	f.key, b = key, b[n:]

	var size int
	switch key & 7 {
	case varintType:
		f.varint, size = Varint(b)
	case lengthType:
		f.bytes, size = delimited(b)
	default:
		size = skip(key, b)
	}
	if size == 0 {
		return field{}, nil, ErrMalformed
	}
	f.value = b[:size]
	return f, b[size:], nil
}

// text returns a copy of the content.
//
//go:noinline
func (f field) text() (string, error) {
	if !utf8.Valid(f.bytes) {
		return "", ErrMalformed
	}
	return string(f.bytes), nil
}

//go:noinline
func (f field) optionalText() (*string, error) {
	s, err := f.text()
	return &s, err
}

// moreText appends a copy of the content to list.
func (f field) moreText(list []string) ([]string, error) {
	s, err := f.text()
	return append(list, s), err
}

// copied returns a copy of the content, nil if that is empty.
func (f field) copied() []byte {
	return append([]byte(nil), f.bytes...)
}

// appendTo appends the whole field to dst, its key in the shortest form.
//
//go:noinline
func (f field) appendTo(dst []byte) []byte {
	return append(AppendVarint(dst, f.key), f.value...)
}

// Varint decodes the varint at the front of b and returns its size in bytes, or 0 if b ends inside it or it does not
// fit 64 bits.
func Varint(b []byte) (v uint64, size int) {
	for i, c := range b {
		if i == 9 && c > 1 {
			return 0, 0
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// delimited returns the content of the length-delimited value at the front of b, a view, and the value's whole size,
// or 0 if b is too short.
func delimited(b []byte) (content []byte, size int) {
	length, n := Varint(b)
	if n == 0 || length > uint64(len(b)-n) {
		return nil, 0
	}
	size = n + int(length)
	return b[n:size], size
}

// skip returns the size of the value at the front of b whose key has been read, or 0 if there is no such value. The
// value of a group reaches behind the key that ends it, so no value has size 0. Groups are followed with a list and not
// by recursion: their depth is the sender's choice, and a guest's stack is small.
func skip(key uint64, b []byte) int {
	var open []uint64 // numbers of the groups around the current field, outermost first
	rest := b
	for {
		size := 0 // of the current field's value
		switch key & 7 {
		case varintType:
			_, size = Varint(rest)
		case fixed64Type:
			size = 8
		case lengthType:
			_, size = delimited(rest)
		case fixed32Type:
			size = 4
		case groupStartType:
			if len(open) == maxGroupDepth {
				return 0
			}
			open = append(open, key>>3)
		case groupEndType:
			last := len(open) - 1
			if last < 0 || open[last] != key>>3 {
				return 0
			}
			open = open[:last]
		default:
			return 0
		}
		group := key&7 == groupStartType || key&7 == groupEndType
		if size > len(rest) || size == 0 && !group {
			return 0
		}
		rest = rest[size:]
		if len(open) == 0 {
			return len(b) - len(rest)
		}

		var n int
		key, n = Varint(rest)
		if n == 0 || key>>3 == 0 || key>>3 > maxGroupNumber {
			return 0
		}
		rest = rest[n:]
	}
}

// AppendVarint appends v as a varint in the shortest form to dst.
func AppendVarint(dst []byte, v uint64) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

func appendKey(dst []byte, number, wireType uint64) []byte {
	return AppendVarint(dst, number<<3|wireType)
}

// appendInt appends an integer or enum unless it is zero. Negative numbers take ten bytes.
//
//go:noinline
func appendInt[T ~int32 | ~int64](dst []byte, number uint64, v T) []byte {
	if v == 0 {
		return dst
	}
	return AppendVarint(appendKey(dst, number, varintType), uint64(v))
}

//go:noinline
func appendOptionalInt[T ~int32 | ~int64](dst []byte, number uint64, v *T) []byte {
	if v == nil {
		return dst
	}
	return AppendVarint(appendKey(dst, number, varintType), uint64(*v))
}

func appendBool(dst []byte, number uint64, v bool) []byte {
	if !v {
		return dst
	}
	return append(appendKey(dst, number, varintType), 1)
}

//go:noinline
func appendString(dst []byte, number uint64, v string) []byte {
	if v == "" {
		return dst
	}
	return appendText(dst, number, v)
}

//go:noinline
func appendOptionalString(dst []byte, number uint64, v *string) []byte {
	if v == nil {
		return dst
	}
	return appendText(dst, number, *v)
}

func appendStrings(dst []byte, number uint64, list []string) []byte {
	for _, v := range list {
		dst = appendText(dst, number, v)
	}
	return dst
}

func appendBytes(dst []byte, number uint64, v []byte) []byte {
	if len(v) == 0 {
		return dst
	}
	return appendText(dst, number, v)
}

// appendText appends a length-delimited value even if it is empty.
func appendText[T string | []byte](dst []byte, number uint64, v T) []byte {
	dst = appendKey(dst, number, lengthType)
	dst = AppendVarint(dst, uint64(len(v)))
	return append(dst, v...)
}

// appendMessage appends an embedded message, which may be empty. The length goes in front of the content but is known
// after it: one byte is set aside, which nearly always is enough, and longer content makes room for the rest.
func appendMessage(dst []byte, number uint64, m interface{ Append(dst []byte) []byte }) []byte {
	dst = appendKey(dst, number, lengthType)
	at := len(dst)
	dst = m.Append(append(dst, 0))
	length := len(dst) - at - 1

	var prefix [10]byte
	p := AppendVarint(prefix[:0], uint64(length))
	dst = append(dst, p[1:]...)
	copy(dst[at+len(p):], dst[at+1:at+1+length])
	copy(dst[at:], p)
	return dst
}
