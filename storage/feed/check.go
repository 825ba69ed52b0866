package feed

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"workcell/storage"
)

// Check reports what is wrong with a pair of the feed's table as it is stored: an error that wraps storage.ErrCorrupt, or
// nil.
func Check(k, stored []byte) error {
	if bytes.Equal(k, floorKey) {
		_, err := decodeFloor(stored)
		return err
	}
	var d decoder
	if err := d.open(k, stored); err != nil {
		return err
	}
	for {
		if ok, err := d.next(); !ok || err != nil {
			return err
		}
	}
}

func decodeFloor(stored []byte) (storage.Sequence, error) {
	if len(stored) != floorSize || stored[0] != rowVersion {
		return 0, fmt.Errorf("reach of the feed, %d bytes: %w", len(stored), storage.ErrCorrupt)
	}
	return storage.Sequence(binary.BigEndian.Uint64(stored[1:])), nil
}
