package lsm

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"
)

// Checkpoint makes dir, which must not exist, a store of its own, to be read with OpenReadOnly or opened. It holds every
// commit that was applied before the call, and maybe some applied during it: of each all or nothing, and none without
// those before it. Tables are linked, not copied, if dir is on the same file system; what the engine replaces later is then
// kept on disk until dir is removed. The memtables are flushed first, so there is little log to copy and to replay.
//
// The log is copied while it grows. Where its file was used before, the copy may hold an old block before a new one, which
// reads as damage: whoever needs the checkpoint opens it, and asks for another one if that fails.
func (e *Engine) Checkpoint(dir string) error {
	if err := e.Flush(); err != nil {
		return err
	}
	if err := e.db.Checkpoint(dir, pebble.WithFlushedWAL()); err != nil {
		return failed("checkpoint", err)
	}
	if err := writeFormat(e.files, dir, format{version: FormatVersion}); err != nil {
		return errors.Join(err, e.files.RemoveAll(dir))
	}
	return nil
}
