package lsm

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/cockroachdb/pebble/v2"

	"workcell/storage"
)

// CheckLevels reads every entry of every table and of the log, old versions and deleted ones too, which no reader of rows
// gets to see: it compares their checksums, and looks whether newer ones stand above older ones and tables are in order. It
// returns how many entries there are. Nothing may be written meanwhile: it is for a store that was opened with OpenReadOnly.
// It takes as long as reading the whole store, and cannot be interrupted. Damage is storage.ErrCorrupt.
func (e *Engine) CheckLevels() (entries uint64, err error) {
	const operation = "check the levels"
	var stats pebble.CheckLevelsStats
	err = e.db.CheckLevels(&stats)
	var system syscall.Errno
	switch {
	case err == nil:
		return uint64(stats.NumPoints) + uint64(stats.NumTombstones), nil
	case pebble.IsCorruptionError(err), errors.As(err, &system):
		return 0, failed(operation, err)
	default: // what is out of order is told in words only
		return 0, fmt.Errorf("%s: %w: %w", operation, storage.ErrCorrupt, err)
	}
}
