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
	hyphens := 0
	switch len(s) {
	case 36:
		if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return uuid{}, false
		}
		hyphens = 1
	case 32:
	default:
		return uuid{}, false
	}
	var all byte // of the digits' values
	for i := range id {
		at := 2*i + hyphens*hyphensBefore[i]
		high, low := hexValues[s[at]], hexValues[s[at+1]]
		all |= high | low
		id[i] = high<<4 | low
	}
	return id, all <= 15
}

// hyphensBefore is how many hyphens stand before a byte of a uuid in its text.
var hyphensBefore = [16]int{4: 1, 1, 2, 2, 3, 3, 4, 4, 4, 4, 4, 4}

// hexValues are the values of hexadecimal digits; what is none has 255.
var hexValues = func() (values [256]byte) {
	for c := range values {
		values[c] = 255
	}
	for n := range byte(10) {
		values['0'+n] = n
	}
	for n := range byte(6) {
		values['a'+n], values['A'+n] = 10+n, 10+n
	}
	return values
}()

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
