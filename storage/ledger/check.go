package ledger

import (
	"encoding/binary"
	"fmt"

	"workcell/storage"
	"workcell/storage/key"
)

// Check reports what is wrong with a pair of the ledger's table as it is stored: an error that wraps storage.ErrCorrupt,
// or nil.
func Check(k, stored []byte) error {
	const fixed = 1 + 4 + 16
	if len(k) <= fixed || k[0] != key.Ledger {
		return fmt.Errorf("idempotency key of %d bytes: %w", len(k), storage.ErrCorrupt)
	}
	rec, err := decode(stored)
	if err != nil {
		return err
	}
	if bucket := binary.BigEndian.Uint32(k[1:]); bucket != bucketOf(rec.createdMs) {
		return fmt.Errorf("idempotency record of %d ms in bucket %d: %w", rec.createdMs, bucket, storage.ErrCorrupt)
	}
	return nil
}
