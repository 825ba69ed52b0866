package ledger

import (
	"fmt"

	"workcell/storage"
	"workcell/storage/key"
)

// Expire deletes up to limit records of buckets that Lookup no longer reads at nowMs, oldest first. It is one step of a
// background job: the caller runs it in a transaction of its own, commits, and goes on while more is true, pausing in
// between as it likes. A conflict is harmless: run the step again. Limits of a few hundred keep the commits short.
func Expire(w storage.Writer, nowMs int64, limit int) (deleted int, more bool, err error) {
	bucket := bucketOf(nowMs)
	if bucket < 2 || limit <= 0 {
		return 0, false, nil
	}
	var old [][]byte
	first, end := key.AppendLedgerBucket(nil, 0), key.AppendLedgerBucket(nil, bucket-1)
	err = w.Scan(first, end, false, func(k, _ []byte) bool {
		if len(old) == limit {
			more = true
			return false
		}
		old = append(old, append([]byte(nil), k...))
		return true
	})
	if err != nil {
		return 0, false, fmt.Errorf("find expired messages: %w", err)
	}
	for _, k := range old {
		if err := w.Delete(k); err != nil {
			return 0, false, fmt.Errorf("delete expired message: %w", err)
		}
	}
	return len(old), more, nil
}
