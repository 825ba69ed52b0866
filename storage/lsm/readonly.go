package lsm

import (
	"errors"
	"io"
	"io/fs"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// lockFile is Pebble's name for the file it locks.
const lockFile = "LOCK"

// errForReading is why a store that was opened with OpenReadOnly takes no writes.
var errForReading = errors.New("it was opened for reading")

// OpenReadOnly opens the store in dir for reading and changes nothing in it: the log is replayed in memory only, and what
// a Batch applies fails. It takes the lock of the store; a checkpoint, which nobody has opened, has none and gets none, so
// it may lie on a medium that cannot be written. A directory without a store gives an *OpenError with ErrAbsent, others
// are refused as by Open; one that has to be brought up to date first, with ErrOlder.
func OpenReadOnly(dir string, options Options) (*Engine, error) {
	e := newEngine(dir, options)
	text, err := readFormat(e.files, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, refuse(dir, ErrAbsent, nil)
	case err != nil:
		return nil, refuse(dir, ErrAccess, err)
	}
	f, err := judgeFormat(dir, text, e.target())
	switch {
	case err != nil:
		return nil, err
	case f.fresh:
		return nil, refuse(dir, ErrAbsent, errors.New("its making did not come to an end"))
	case f.version != e.target() || f.from != 0:
		return nil, refuse(dir, ErrOlder, nil)
	}
	files := e.files
	if _, err := files.Stat(files.PathJoin(dir, lockFile)); errors.Is(err, fs.ErrNotExist) {
		files = lockless{files}
	}
	if e.lock, err = lockDir(files, dir); err != nil {
		return nil, err
	}
	if err := e.openReadOnly(errForReading); err != nil {
		return nil, errors.Join(err, e.lock.Close())
	}
	return e, nil
}

// lockless is a file system whose locks are always free, and leave no file behind.
type lockless struct{ vfs.FS }

func (lockless) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }
