package board

import (
	"cmp"
	"slices"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// listItems replies with the live items of a project by position, then number; or with those changed since a time, the
// deleted ones among them.
//
// A project of some thousand items is the appliance's largest read. One scan brings the records, which are kept as they
// are: the reply is made of the stored bytes and of the hierarchy, without building and encoding each item again.
func listItems(c *guest.Call) error {
	var req pm.GetWorkItemsRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	project, err := parseID("project_id", req.ProjectId)
	if err != nil {
		return err
	}
	if err := require(c, project, viewer); err != nil {
		return err
	}

	l := itemReader{items: make([]listed, 0, 32)}
	if err := each(c, key('w', project), func(key, value []byte) error {
		return l.read(key, value, req.SinceTimestamp, true)
	}); err != nil {
		return err
	}
	if req.SinceTimestamp != nil {
		if err := each(c, key('x', project), func(key, value []byte) error {
			return l.read(key, value, req.SinceTimestamp, false)
		}); err != nil {
			return err
		}
	}
	slices.SortFunc(l.items, func(a, b listed) int {
		if order := cmp.Compare(a.position, b.position); order != 0 {
			return order
		}
		return cmp.Compare(a.number, b.number)
	})
	replyList(c, newTree(l.items))
	return nil
}

// An itemReader gathers items from a scan.
type itemReader struct {
	items []listed
	free  []byte // room for messages
}

// read takes the item found under key. Those not changed since the given time are kept as relatives if they are live,
// and else left out.
func (l *itemReader) read(key, value []byte, since *int64, live bool) error {
	message, err := body(key, value)
	if err != nil {
		return err
	}
	it, ok := readListed(message)
	if !ok || it.deleted == live || uint32(it.number) != lastUint32(key, 4) {
		return undecoded(key)
	}
	if since == nil || it.updatedAt >= *since {
		it.message = l.keep(message)
	} else if !live {
		return nil
	}
	l.items = append(l.items, it)
	return nil
}

// keep copies b. Copies share large pieces of memory: nothing is freed during a call, so a buffer that grew by doubling
// would leave all its former selves behind.
func (l *itemReader) keep(b []byte) []byte {
	const smallPiece, piece = 32 << 10, 256 << 10
	switch {
	case len(b) <= cap(l.free)-len(l.free):
	case l.free == nil && len(b) <= smallPiece: // most projects are small
		l.free = guest.Alloc(smallPiece)
	default:
		l.free = make([]byte, 0, max(piece, len(b)))
	}
	at := len(l.free)
	l.free = append(l.free, b...)
	return l.free[at:len(l.free):len(l.free)]
}

// replyList replies with the items of t that have a message, in pieces.
func replyList(c *guest.Call, t *tree) {
	w := listWriter{c: c, buf: guest.Alloc(listPiece + listPiece/4)}
	for i := range t.items {
		if t.items[i].message != nil {
			w.buf = appendListed(w.buf, t, int32(i))
			w.spill()
		}
	}
	// The time is that of the call, from before the scan: what is read later is not older.
	w.buf = (&pm.WorkItemsList{AsOfTimestamp: c.Now()}).Append(w.buf)
	w.flush()
}
