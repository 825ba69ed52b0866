package ledger

import (
	"fmt"

	"workcell/storage"
	"workcell/storage/key"
)

// Sweeper is a transaction that deletes ranges.
type Sweeper interface {
	storage.Reader
	DeleteRange(lo, hi []byte) error
}

// Expire deletes the records of all buckets that Lookup no longer reads at nowMs, with one range delete, and reports
// whether there were any. The caller runs it in a transaction of its own in the background.
func Expire(w Sweeper, nowMs int64) (found bool, err error) {
	bucket := bucketOf(nowMs)
	if bucket < 2 {
		return false, nil
	}
	first, end := key.AppendLedgerBucket(nil, 0), key.AppendLedgerBucket(nil, bucket-1)
	err = w.Scan(first, end, false, func(_, _ []byte) bool {
		found = true
		return false
	})
	if err != nil {
		return false, fmt.Errorf("find expired messages: %w", err)
	}
	if !found {
		return false, nil
	}
	if err := w.DeleteRange(first, end); err != nil {
		return false, fmt.Errorf("delete expired messages: %w", err)
	}
	return true, nil
}
