package board

import "workcell/guests/board/pm"

// Wire types of the protobuf encoding.
const (
	varintType  = 0
	fixed64Type = 1
	lengthType  = 2
	fixed32Type = 5
)

// A listed is what a list needs to know of an item; the rest goes from the store to the client as it is.
type listed struct {
	id, parent uuid // parent is zero at the top level
	position   int32
	number     int32
	updatedAt  int64
	deleted    bool
	message    []byte // the WorkItem as stored, nil if the item only matters as a relative
}

// readListed reads the message of a stored item, of which it keeps no view. It finds the few fields it needs without
// building the whole message, which takes most of the time of a long list otherwise (BenchmarkReadListed). It
// understands what pm.WorkItem.Parse understands, but does not look into the texts it passes by, and reports false for
// obsolete encodings that no record has.
func readListed(b []byte) (it listed, ok bool) {
	for at := 0; at < len(b); {
		key, n := varintAt(b, at)
		at += n
		if n == 0 || key>>3 == 0 {
			return listed{}, false
		}
		value, from := uint64(0), at
		switch key & 7 {
		case varintType:
			value, n = varintAt(b, at)
		case fixed64Type:
			n = 8
		case lengthType:
			if value, n = varintAt(b, at); n == 0 || value > uint64(len(b)-at-n) {
				return listed{}, false
			}
			from = at + n
			n += int(value)
		case fixed32Type:
			n = 4
		default:
			return listed{}, false
		}
		if n == 0 || n > len(b)-at {
			return listed{}, false
		}
		at += n

		valid := true
		switch key {
		case 1<<3 | lengthType:
			it.id, valid = parseUUID(b[from:at])
		case 3<<3 | lengthType:
			it.parent, valid = parseUUID(b[from:at])
		case 5<<3 | varintType:
			it.position = int32(value)
		case 12<<3 | varintType:
			it.updatedAt = int64(value)
		case 15<<3 | varintType:
			it.deleted = true
		case 19<<3 | varintType:
			it.number = int32(value)
		}
		if !valid {
			return listed{}, false
		}
	}
	return it, it.id != uuid{}
}

// varintAt reads the varint at b[at:], as pm.Varint does. Nearly all have one byte.
func varintAt(b []byte, at int) (v uint64, size int) {
	if at < len(b) && b[at] < 0x80 {
		return uint64(b[at]), 1
	}
	return pm.Varint(b[at:])
}

// appendListed appends item i of a tree to dst as an element of pm.WorkItemsList: its stored message, and behind it the
// ancestors and descendants.
func appendListed(dst []byte, t *tree, i int32) []byte {
	const idSize = 2 + 1 + 36 // key, length, text
	it := &t.items[i]
	var room [8]int32
	above := append(room[:0], t.ancestors(i)...)
	below := t.descendants(i)
	dst = append(dst, 1<<3|lengthType)
	dst = pm.AppendVarint(dst, uint64(len(it.message)+idSize*(len(above)+len(below))))
	dst = append(dst, it.message...)
	for _, a := range above {
		dst = appendID(dst, 20, t.items[a].id)
	}
	for _, d := range below {
		dst = appendID(dst, 21, t.items[d].id)
	}
	return dst
}

func appendID(dst []byte, field uint64, id uuid) []byte {
	dst = pm.AppendVarint(dst, field<<3|lengthType)
	return appendUUID(append(dst, 36), id)
}
