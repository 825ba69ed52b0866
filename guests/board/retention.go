package board

import (
	"bytes"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// What one call of RouteRetention does at most, so that it takes few milliseconds and rarely meets a writer.
const (
	maxOldRows      = 1000 // deleted
	maxOldHistories = 1000 // looked at
)

// deleteOldActivity deletes activity rows from before a time. A history loses its first rows and counts on.
func deleteOldActivity(c *guest.Call) error {
	req, ok := abi.ParseRetentionRequest(c.Request())
	prefix := key('h')
	if !ok || len(req.Cursor) > 0 && (len(req.Cursor) > keySize || !bytes.HasPrefix(req.Cursor, prefix)) {
		return undecodable()
	}
	limit := maxOldRows
	if req.Limit > 0 {
		limit = int(min(req.Limit, maxOldRows))
	}
	var reply abi.RetentionReply
	ages, err := findOldRows(c, req.BeforeMS/1000, limit, max(string(prefix), string(req.Cursor)), &reply)
	if err != nil {
		return err
	}
	for i := range ages {
		a := &ages[i]
		for n := a.from; n < a.rows.First; n++ {
			drop(c, activityKey(a.of, n))
			reply.Deleted++
		}
		store(c, historyKey(a.of), &a.rows)
	}
	c.Reply(abi.AppendRetentionReply(nil, &reply))
	return nil
}

// An aging is a history as it will be, and the number its first row had.
type aging struct {
	of   subject
	rows pm.History
	from int64
}

// findOldRows looks through histories from a key on, and sets the cursor of the reply if it does not come to the end.
func findOldRows(c *guest.Call, before int64, limit int, from string, reply *abi.RetentionReply) (found []aging, err error) {
	looked := 0
	c.Scan(dataSet, guest.Range{Lo: []byte(from), Hi: end(key('h'))}, func(key, value []byte) bool {
		if looked == maxOldHistories || limit == 0 {
			reply.Cursor = bytes.Clone(key)
			return false
		}
		looked++
		a := aging{of: subject{entityKind(key[1]), idAfter(key, 2)}}
		if err = decode(key, value, &a.rows); err != nil {
			return false
		}
		a.from = a.rows.First
		if err = a.age(c, before, limit); err != nil {
			return false
		}
		if n := int(a.rows.First - a.from); n > 0 {
			found = append(found, a)
			if limit -= n; limit == 0 && a.rows.First < a.rows.Next {
				reply.Cursor = bytes.Clone(key)
				return false
			}
		}
		return true
	})
	return found, err
}

// age moves the first row that stays behind those that are old.
func (a *aging) age(c *guest.Call, before int64, limit int) (err error) {
	last := min(a.rows.Next, a.from+int64(limit))
	rows := guest.Range{Lo: activityKey(a.of, a.from), Hi: activityKey(a.of, last)}
	c.Scan(dataSet, rows, func(key, value []byte) bool {
		message, problem := body(key, value)
		at, ok := pm.Integer(message, 9)
		if problem == nil && !(ok && bytes.Equal(key, activityKey(a.of, a.rows.First))) {
			problem = damaged(key, "does not decode or has a gap before it")
		}
		if err = problem; err != nil || at >= before {
			return false
		}
		a.rows.First++
		return true
	})
	return err
}
