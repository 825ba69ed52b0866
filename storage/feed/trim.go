package feed

import (
	"encoding/binary"
	"fmt"
	"sort"
	"time"

	"workcell/storage"
	"workcell/storage/key"
)

// Retention says how much of the past the feed keeps: what is within both bounds. Zero values mean the defaults.
type Retention struct {
	Commits int           // the last ones, with or without events; default 65 536
	Age     time.Duration // default 24 hours
}

// WithDefaults returns r with its zero fields replaced.
func (r Retention) WithDefaults() Retention {
	if r.Commits <= 0 {
		r.Commits = 64 << 10
	}
	if r.Age <= 0 {
		r.Age = 24 * time.Hour
	}
	return r
}

// floorKey is the key of the row that says up to where the feed was trimmed. It lies in front of all others:
//
//	 0         1
//	+---------+----------------------+
//	| version | sequence, big endian |
//	+---------+----------------------+
var floorKey = prefix

const floorSize = 1 + 8

// Oldest returns how far back the feed reaches: the events of every commit after it are there. known is false as long as
// no commit had events.
func Oldest(r storage.Reader) (after storage.Sequence, known bool, err error) {
	value, found, err := r.Get(floorKey)
	switch {
	case err != nil:
		return 0, false, fmt.Errorf("read the reach of the feed: %w", err)
	case found:
		after, err = decodeFloor(value)
		return after, err == nil, err
	}
	first, _, found, err := firstRow(r, 0)
	if err != nil || !found {
		return 0, false, err
	}
	return first - 1, true, nil
}

// Sweeper is a transaction that deletes ranges.
type Sweeper interface {
	storage.Writer
	DeleteRange(lo, hi []byte) error
}

// Trim deletes what keep does not cover, with one range delete, and reports whether that was anything. last is the last
// commit there is, now the time.
func Trim(w Sweeper, keep Retention, last storage.Sequence, now time.Time) (found bool, err error) {
	floor, known, err := Oldest(w)
	if err != nil || !known {
		return false, err
	}
	cut := max(floor, last-min(last, storage.Sequence(keep.Commits)))
	young := now.Add(-keep.Age).Unix()
	older := sort.Search(int(last-min(last, cut)), func(i int) bool { // rows after cut, in the order of time
		_, seconds, found, failed := firstRow(w, cut+1+storage.Sequence(i))
		if failed != nil {
			err = failed
		}
		return failed != nil || !found || seconds >= young
	})
	if err != nil {
		return false, err
	}
	cut += storage.Sequence(older)
	if cut == floor {
		return false, nil
	}
	if err := w.DeleteRange(feedKey(0), feedKey(cut+1)); err != nil {
		return false, fmt.Errorf("trim the feed: %w", err)
	}
	row := binary.BigEndian.AppendUint64([]byte{rowVersion}, uint64(cut))
	if err := w.Put(floorKey, row); err != nil {
		return false, fmt.Errorf("trim the feed: %w", err)
	}
	return true, nil
}

// firstRow returns the sequence and the time of the first row at or after from.
func firstRow(r storage.Reader, from storage.Sequence) (sequence storage.Sequence, seconds int64, found bool, err error) {
	var d decoder
	var failed error
	err = r.Scan(feedKey(from), key.AppendEnd(nil, prefix), false, func(k, value []byte) bool {
		found = true
		failed = d.open(k, value)
		return false
	})
	switch {
	case err != nil:
		return 0, 0, false, fmt.Errorf("look for events: %w", err)
	case failed != nil:
		return 0, 0, false, failed
	}
	return d.event.Sequence, d.event.Seconds, found, nil
}
