package lsm

import (
	"errors"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"workcell/storage"
)

// Engine is a storage.Engine on disk. Safe for concurrent use.
type Engine struct {
	dir     string
	options Options
	files   vfs.FS // as the options say; Pebble has it behind disk
	format  format // of the directory
	db      *pebble.DB
	lock    io.Closer

	disk      disk
	condition condition
	space     space
	progress  progress

	stop     chan struct{}
	watching sync.WaitGroup
}

var _ storage.Engine = (*Engine)(nil)

func newEngine(dir string, options Options) *Engine {
	e := &Engine{dir: dir, options: options.withDefaults(), stop: make(chan struct{})}
	e.files = e.options.FS
	e.condition.init(e.options.Logger)
	e.space.init(e)
	e.disk.FS, e.disk.dir = vfs.OnDiskFull(e.files, e.space.full), filepath.Clean(dir)
	e.disk.condition, e.disk.fatal = &e.condition, e.fatal
	e.progress.started = time.Now()
	return e
}

// fatal ends the process.
func (e *Engine) fatal(err error) {
	e.options.Fatal(err)
	panic(err)
}

// NewBatch returns an empty Batch, to be used again and again.
func (e *Engine) NewBatch() storage.Batch {
	return &batch{engine: e}
}

// Writable returns nil if the store takes writes. Otherwise it says why not: an error that is storage.ErrReadOnly, whose
// text tells the operator what to do, or storage.ErrUnavailable once the log has failed. It costs two loads.
func (e *Engine) Writable() error { return e.condition.writable() }

// Silent returns for how long commits have been waiting without any of them getting on; 0 if none waits. More than a
// moment means that the disk hangs.
func (e *Engine) Silent() time.Duration { return e.progress.silent() }

// Flush writes the memtables to tables, so that a later Open has little log to replay. It returns an error if tables
// cannot be written; then nothing is lost, the log has it.
func (e *Engine) Flush() error {
	if err := errors.Join(e.condition.failedLog(), e.condition.reason(flushFails)); err != nil {
		return failed("flush", err)
	}
	flushed, err := e.db.AsyncFlush()
	switch {
	case errors.Is(err, pebble.ErrReadOnly): // there is nothing to write
		return nil
	case err != nil:
		return failed("flush", err)
	}
	for {
		failing := e.condition.flushFailing()
		if err := e.condition.reason(flushFails); err != nil {
			return failed("flush", err)
		}
		select {
		case <-flushed:
			return nil
		case <-failing:
		}
	}
}

// Metrics are numbers for health and dashboards.
type Metrics struct {
	DiskBytes        uint64 // log, tables and other files of the engine
	FreeBytes        uint64 // left on its file system a moment ago; 0 if unknown
	BackgroundErrors uint64 // flushes and compactions that failed since Open; they are repeated
}

// Metrics returns the numbers of the moment.
func (e *Engine) Metrics() Metrics {
	return Metrics{
		DiskBytes:        e.db.Metrics().DiskSpaceUsage(),
		FreeBytes:        e.space.free.Load(),
		BackgroundErrors: e.condition.background.Load(),
	}
}

// Close releases the directory. All batches must have been reset, and none may be used again.
func (e *Engine) Close() error {
	close(e.stop)
	e.watching.Wait()
	e.disk.running.Store(false)
	if err := errors.Join(e.db.Close(), e.lock.Close()); err != nil {
		return failed("close", err)
	}
	return nil
}
