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
	for len(b) > 0 {
		key, n := pm.Varint(b)
		if n == 0 || key>>3 == 0 {
			return listed{}, false
		}
		b = b[n:]
		var value uint64
		var content []byte
		switch key & 7 {
		case varintType:
			if value, n = pm.Varint(b); n == 0 {
				return listed{}, false
			}
		case fixed64Type:
			n = 8
		case lengthType:
			length, m := pm.Varint(b)
			if m == 0 || length > uint64(len(b)-m) {
				return listed{}, false
			}
			n = m + int(length)
			content = b[m:n]
		case fixed32Type:
			n = 4
		default:
			return listed{}, false
		}
		if n > len(b) {
			return listed{}, false
		}
		b = b[n:]

		valid := true
		switch key {
		case 1<<3 | lengthType:
			it.id, valid = parseUUID(content)
		case 3<<3 | lengthType:
			it.parent, valid = parseUUID(content)
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
