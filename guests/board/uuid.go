package board

import (
	"strings"
	"unsafe"

	"workcell/guests/guest"
)

// A uuid names a project, a work item, a user: 16 bytes in keys, 36 characters in messages. The zero uuid names
// nothing.
type uuid [16]byte

// parseUUID reads the four usual forms in any letter case: 36 characters with hyphens, the same in braces or behind
// urn:uuid:, and 32 digits without hyphens.
func parseUUID[T string | []byte](s T) (id uuid, ok bool) {
	const urn = "urn:uuid:"
	switch {
	case len(s) == len(urn)+36 && strings.EqualFold(string(s[:len(urn)]), urn):
		s = s[len(urn):]
	case len(s) == 38 && s[0] == '{' && s[37] == '}':
		s = s[1:37]
	}
	if len(s) != 36 && len(s) != 32 {
		return uuid{}, false
	}
	hyphens := len(s) == 36
	for i := range id {
		if hyphens && (i == 4 || i == 6 || i == 8 || i == 10) {
			if s[0] != '-' {
				return uuid{}, false
			}
			s = s[1:]
		}
		high, low := hexDigit(s[0]), hexDigit(s[1])
		if high > 15 || low > 15 {
			return uuid{}, false
		}
		id[i] = high<<4 | low
		s = s[2:]
	}
	return id, true
}

// hexDigit returns the value of a hexadecimal digit, or 255.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

const hexDigits = "0123456789abcdef"

// appendUUID appends the text of id to dst: lower case, with hyphens.
func appendUUID(dst []byte, id uuid) []byte {
	for i, c := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

// String returns the text of id: lower case, with hyphens.
//
//go:noinline
func (id uuid) String() string {
	text := appendUUID(guest.Alloc(36), id)
	return unsafe.String(unsafe.SliceData(text), len(text)) // nobody writes to it
}

// newUUID draws an id: random, version 4.
func newUUID(c *guest.Call) (id uuid) {
	c.Random(id[:])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

// uuidFrom reads the 16 bytes that a record holds.
func uuidFrom(b []byte) (id uuid, ok bool) {
	return id, copy(id[:], b) == len(id) && len(b) == len(id)
}

// uuidTexts returns the texts of ids, nil if there are none.
func uuidTexts(ids []uuid) []string {
	var texts []string
	for _, id := range ids {
		texts = append(texts, id.String())
	}
	return texts
}
