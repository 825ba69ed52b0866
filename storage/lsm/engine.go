package lsm

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"workcell/storage"
)

// Engine is a storage.Engine on disk. Safe for concurrent use.
type Engine struct {
	db   *pebble.DB
	lock *pebble.Lock
}

var _ storage.Engine = (*Engine)(nil)

// Open opens the store in dir and creates both if missing. It replays the log, so it may take a while after a crash.
// A refused directory gives an *OpenError with one of the reasons of this package, and its files are left as they were.
func Open(dir string, options Options) (*Engine, error) {
	options = options.withDefaults()
	if err := makeDir(options.FS, dir); err != nil {
		return nil, err
	}
	lock, err := lockDir(options.FS, dir)
	if err != nil {
		return nil, err
	}
	engine, err := openLocked(dir, options, lock)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return engine, nil
}

func openLocked(dir string, options Options, lock *pebble.Lock) (*Engine, error) {
	fresh, err := checkFormat(options.FS, dir)
	if err != nil {
		return nil, err
	}
	db, err := pebble.Open(dir, options.pebbleOptions(fresh, lock))
	if err != nil {
		return nil, classify(dir, err)
	}
	if fresh {
		if err := writeFormat(options.FS, dir, format{version: FormatVersion}); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return &Engine{db: db, lock: lock}, nil
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
		return refuse(dir, ErrAccess, err)
	}
	if err := syncDir(files, files.PathDir(dir)); err != nil {
		return refuse(dir, ErrAccess, err)
	}
	return nil
}

func lockDir(files vfs.FS, dir string) (*pebble.Lock, error) {
	lock, err := pebble.LockDirectory(dir, files)
	switch {
	case err == nil:
		return lock, nil
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOSPC):
		return nil, refuse(dir, ErrAccess, err)
	default: // EAGAIN from another process, a bare text from this one
		return nil, refuse(dir, ErrLocked, err)
	}
}

// classify turns Pebble's reason not to open into ours.
func classify(dir string, err error) error {
	switch {
	case errors.Is(err, pebble.ErrDBDoesNotExist):
		return refuse(dir, ErrDamaged, fmt.Errorf("the engine's files are missing: %w", err))
	case pebble.IsCorruptionError(err):
		return refuse(dir, ErrDamaged, fmt.Errorf("%w: %w", storage.ErrCorrupt, err))
	default:
		return refuse(dir, ErrAccess, err)
	}
}

// NewBatch returns an empty Batch, to be used again and again.
func (e *Engine) NewBatch() storage.Batch {
	return &batch{db: e.db}
}

// Flush writes the memtables to tables, so that a later Open has little log to replay.
func (e *Engine) Flush() error {
	if err := e.db.Flush(); err != nil {
		return failed("flush", err)
	}
	return nil
}

// Metrics are numbers for health and dashboards.
type Metrics struct {
	DiskBytes uint64 // log, tables and other files of the engine
}

// Metrics returns the numbers of the moment.
func (e *Engine) Metrics() Metrics {
	return Metrics{DiskBytes: e.db.Metrics().DiskSpaceUsage()}
}

// Close releases the directory. All batches must have been reset, and none may be used again.
func (e *Engine) Close() error {
	if err := errors.Join(e.db.Close(), e.lock.Close()); err != nil {
		return failed("close", err)
	}
	return nil
}
