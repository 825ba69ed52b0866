package board

import (
	"math"

	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// A page of time entries.
const (
	entryPage    = 100
	maxEntryPage = 500
)

// listEntries replies with a page of an item's time entries, of all users, the newest start first, then the newest entry.
// The order lies in keys: only the entries of the page are read.
func listEntries(c *guest.Call) error {
	var req pm.GetTimeEntriesRequest
	if err := readable(req.Parse(c.Request())); err != nil {
		return err
	}
	it, err := itemFor(c, req.WorkItemId, viewer)
	if err != nil {
		return err
	}
	limit, offset := entryPage, 0
	if req.Limit != nil {
		limit = min(max(int(*req.Limit), 1), maxEntryPage)
	}
	if req.Offset != nil {
		offset = max(int(*req.Offset), 0)
	}

	var page []place
	total := 0
	newest := all(key('o', it.id))
	newest.Reverse = true
	c.Scan(dataSet, newest, func(key, _ []byte) bool {
		if total >= offset && len(page) < limit {
			page = append(page, place{it.id, int32(lastUint32(key, 4))})
		}
		total++
		return true
	})
	w := listWriter{c: c}
	for _, at := range page {
		k := entries.liveKey(at)
		value, _ := c.Get(dataSet, k)
		if err := w.add(k, value); err != nil {
			return err
		}
	}
	w.buf = (&pm.TimeEntriesList{TotalCount: int32(min(total, math.MaxInt32))}).Append(w.buf)
	w.flush()
	return nil
}
