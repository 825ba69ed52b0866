package lsm

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"workcell/storage"
)

// Reasons why Open refuses a directory, to be matched with errors.Is.
var (
	ErrAbsent       = errors.New("there is no store in the data directory")
	ErrLocked       = errors.New("the data directory is in use by another process")
	ErrNotDirectory = errors.New("the data path is not a directory")
	ErrForeign      = errors.New("the data directory belongs to something else")
	ErrNewer        = errors.New("the data directory was written by a newer version")
	ErrDamaged      = errors.New("the data directory is damaged")
	ErrAccess       = errors.New("the data directory cannot be read or written")
	ErrFull         = errors.New("the disk of the data directory is full")
	ErrOlder        = errors.New("the data directory was written by an older version, and cannot be brought up to date")
	ErrHung         = errors.New("the disk of the data directory does not answer")
)

// OpenError says why a directory could not be opened and what the operator can do about it.
type OpenError struct {
	Dir    string
	Reason error  // one of the reasons above
	Cause  error  // what was met, nil if the reason says it all
	Hint   string // what to do next, a sentence without a full stop
}

func (e *OpenError) Error() string {
	text := fmt.Sprintf("open %s: %v", e.Dir, e.Reason)
	if e.Cause != nil {
		text += fmt.Sprintf(" (%v)", e.Cause)
	}
	return text + "; " + e.Hint
}

func (e *OpenError) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Reason}
	}
	return []error{e.Reason, e.Cause}
}

// hints holds the next step for each reason.
var hints = map[error]string{
	ErrAbsent:       "name the directory of a server with --dir; `workcell serve` makes its store",
	ErrLocked:       "stop the other process, or give this one a data path of its own",
	ErrNotDirectory: "set database.path to a directory; it is created if missing",
	ErrForeign:      "set database.path to an empty directory or one that this program made",
	ErrNewer:        "run the version that wrote it, or restore a backup made by this version",
	ErrDamaged:      "keep a copy of the directory, then restore the last backup; nothing was changed",
	ErrAccess:       "check owner and permissions of the directory and its parent, and the kernel's log for errors of the disk",
	ErrFull:         "free some space on its file system; nothing is lost",
	ErrOlder:        "make the directory writable and start again: the next start goes on where this one stopped",
	ErrHung:         "check the disk, its cables and the kernel's log, then start again",
}

func refuse(dir string, reason, cause error) error {
	return &OpenError{Dir: dir, Reason: reason, Cause: cause, Hint: hints[reason]}
}

// failed wraps an engine error with the operation, and marks damage as such.
func failed(operation string, err error) error {
	if pebble.IsCorruptionError(err) {
		return fmt.Errorf("%s: %w: %w", operation, storage.ErrCorrupt, err)
	}
	return fmt.Errorf("%s: %w", operation, err)
}
