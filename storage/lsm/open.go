package lsm

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"workcell/storage"
)

// Open opens the store in dir and creates both if missing. It replays the log, so it may take a while after a crash. If
// the disk takes no writes, an existing store is opened read-only, and Writable says why.
//
// A refused directory gives an *OpenError with one of the reasons of this package, and its files are left as they were.
// After ErrHung the process should end: what hangs cannot be stopped, and keeps the directory locked until it ends by
// itself.
func Open(dir string, options Options) (*Engine, error) {
	e := newEngine(dir, options)
	done := make(chan error, 1)
	go func() { done <- e.open() }() // nobody stops it
	select {
	case err := <-done:
		if err != nil {
			return nil, err
		}
	case <-time.After(e.options.OpenTimeout):
		go func() { // ends when the disk answers after all
			if err := <-done; err == nil {
				_ = e.Close()
			}
		}()
		return nil, refuse(dir, ErrHung, fmt.Errorf("not open after %v", e.options.OpenTimeout))
	}
	if err := e.finishUpgrade(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.watch()
	return e, nil
}

// open does what may hang.
func (e *Engine) open() error {
	if err := makeDir(e.files, e.dir); err != nil {
		return err
	}
	lock, refusal := lockDir(e.files, e.dir)
	if refusal != nil {
		if !errors.Is(refusal, syscall.EROFS) {
			return refusal
		}
		lock = io.NopCloser(nil) // where nobody can write, nobody has to be kept off
	}
	e.lock = lock
	err := e.openLocked(refusal)
	if err != nil {
		return errors.Join(err, lock.Close())
	}
	return nil
}

// openLocked opens the engine for writing, or if the disk refuses, or has refused already, for reading.
func (e *Engine) openLocked(refusal error) error {
	f, err := checkFormat(e.files, e.dir, e.target())
	if err != nil {
		return err
	}
	if refusal == nil {
		if f, err = e.beginUpgrade(f); err != nil {
			return err
		}
		e.format = f
		refusal = e.attempt(f)
	}
	switch {
	case refusal == nil:
		return nil
	case f.fresh || !takesNoWrites(refusal):
		return classify(e.dir, refusal)
	case f.version != e.target() || f.from != 0:
		return refuse(e.dir, ErrOlder, refusal)
	}
	why := fmt.Errorf("the disk took no writes when it was opened (%w): mend the disk and restart", cause(refusal))
	if e.condition.reason(lowSpace) != nil {
		why = fmt.Errorf("the disk was full when it was opened (%w): free some space, and the process restarts", cause(refusal))
	}
	if err := e.openReadOnly(why); err != nil {
		return err
	}
	e.options.Logger.Error("storage is open for reading only", "error", why)
	return nil
}

// cause is what was met behind a refusal.
func cause(err error) error {
	var ours *OpenError
	if errors.As(err, &ours) {
		return ours.Cause
	}
	return err
}

// attempt opens the engine for writing.
func (e *Engine) attempt(f format) error {
	a := &attempt{failed: make(chan error, 1)}
	e.disk.attempt = a
	options := e.pebbleOptions(a)
	options.ErrorIfNotExists = !f.fresh
	type result struct {
		db  *pebble.DB
		err error
	}
	opened := make(chan result, 1)
	go func() { // ends when the engine is open; blocked for ever if the attempt is abandoned
		db, err := pebble.Open(e.dir, options)
		if a.end() {
			opened <- result{db, err}
		}
	}()
	select {
	case err := <-a.failed:
		return &abandoned{err}
	case r := <-opened:
		if r.err != nil {
			return r.err
		}
		e.db = r.db
	}
	e.disk.running.Store(true)
	if f.fresh {
		if err := writeFormat(e.files, e.dir, format{version: f.version}); err != nil {
			return errors.Join(err, e.db.Close())
		}
	}
	return nil
}

// openReadOnly opens the engine for reading, for the given reason.
func (e *Engine) openReadOnly(why error) error {
	options := e.pebbleOptions(nil)
	options.ReadOnly = true
	db, err := pebble.Open(e.dir, options)
	if err != nil {
		return classify(e.dir, errors.Join(why, err))
	}
	e.db = db
	e.condition.set(openedReadOnly, why)
	return nil
}

// takesNoWrites reports whether err is the disk's refusal to be written to, rather than damage or a mistake of the
// operator, who should hear of it at once.
func takesNoWrites(err error) bool {
	var gone *abandoned
	return errors.As(err, &gone) || isFull(err) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EIO)
}

func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// makeDir creates dir durably, or finds it.
func makeDir(files vfs.FS, dir string) error {
	info, err := files.Stat(dir)
	if err == nil {
		if !info.IsDir() {
			return refuse(dir, ErrNotDirectory, nil)
		}
		return nil
	}
	if errors.Is(err, syscall.ENOTDIR) {
		return refuse(dir, ErrNotDirectory, err)
	}
	if err := files.MkdirAll(dir, 0o700); err != nil {
		if errors.Is(err, syscall.ENOTDIR) {
			return refuse(dir, ErrNotDirectory, err)
		}
		return refuse(dir, access(err), err)
	}
	if err := syncDir(files, files.PathDir(dir)); err != nil {
		return refuse(dir, access(err), err)
	}
	return nil
}

// lockDir takes the lock of the directory.
func lockDir(files vfs.FS, dir string) (io.Closer, error) {
	lock, err := files.Lock(files.PathJoin(dir, lockFile))
	switch {
	case err == nil:
		return lock, nil
	case isFull(err), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EIO), errors.Is(err, fs.ErrPermission):
		return nil, refuse(dir, access(err), err)
	default: // EAGAIN from another process, a bare text from this one
		return nil, refuse(dir, ErrLocked, err)
	}
}

// access is the reason for an error of the file system.
func access(err error) error {
	if isFull(err) {
		return ErrFull
	}
	return ErrAccess
}

// classify turns Pebble's reason not to open into ours.
func classify(dir string, err error) error {
	var ours *OpenError
	var system syscall.Errno
	switch {
	case errors.As(err, &ours):
		return err
	case errors.Is(err, pebble.ErrDBDoesNotExist), errors.Is(err, fs.ErrNotExist):
		return refuse(dir, ErrDamaged, fmt.Errorf("files of the engine are missing: %w", err))
	case pebble.IsCorruptionError(err):
		return refuse(dir, ErrDamaged, fmt.Errorf("%w: %w", storage.ErrCorrupt, err))
	case errors.As(err, &system), errors.Is(err, fs.ErrPermission):
		return refuse(dir, access(err), err)
	default: // a file that is not as long as it was, and the like
		return refuse(dir, ErrDamaged, err)
	}
}
