package lsm

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// disk is the file system as Pebble gets it. It mends what Pebble takes too lightly:
//
//   - A flush or compaction that fails is repeated at once, many thousand times a second. Here the next table is made
//     after a pause.
//   - If the log cannot be ended or the next one cannot be begun, Pebble panics, with a mutex in a state that ends the
//     process with nothing but a dump of it. Here the process is ended in order.
//   - A directory that cannot be synced is cause for a panic of Pebble here, and for a repetition there, although after a
//     failed sync nobody knows what is on the disk. Here it is the end, too.
//   - The marker that names the manifest is made, and the old one removed, without asking that the manifest's own name is
//     durable. Common file systems keep the order of such changes, none promises it. Here the directory is synced first.
//   - An error of statfs counts as a failure in the background. Here it is just unknown.
type disk struct {
	vfs.FS
	dir       string // of the store; elsewhere are checkpoints, whose failures harm nobody else
	condition *condition
	fatal     func(error)
	attempt   *attempt     // to open the engine; nil for reading
	running   atomic.Bool  // the engine is open, and not being closed
	failedAt  atomic.Int64 // of the last background error, Unix ns
}

// retryPause is the time from a failure in the background to the next try.
const retryPause = 250 * time.Millisecond

func (d *disk) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	switch kindOf(name) {
	case tableFile:
		time.Sleep(time.Until(time.Unix(0, d.failedAt.Load()).Add(retryPause)))
	case markerFile:
		if err := syncDir(d.FS, d.PathDir(name)); err != nil {
			return nil, err
		}
	}
	file, err := d.FS.Create(name, category)
	return d.made(name, file, err)
}

func (d *disk) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := d.FS.ReuseForWrite(old, name, category)
	return d.made(name, file, err)
}

// made is how a file was.
func (d *disk) made(name string, file vfs.File, err error) (vfs.File, error) {
	switch {
	case kindOf(name) != logFile || d.PathDir(name) != d.dir:
		return file, err
	case err != nil:
		if d.running.Load() {
			d.fatal(fmt.Errorf("begin the next log: %w", err))
		}
		return nil, err
	default:
		return &walFile{file, d}, nil
	}
}

func (d *disk) OpenDir(name string) (vfs.File, error) {
	file, err := d.FS.OpenDir(name)
	if err != nil || filepath.Clean(name) != d.dir {
		return file, err
	}
	return &directory{file, d}, nil
}

func (d *disk) Remove(name string) error {
	if kindOf(name) == markerFile {
		if err := syncDir(d.FS, d.PathDir(name)); err != nil {
			return err
		}
	}
	return d.FS.Remove(name)
}

func (d *disk) GetDiskUsage(path string) (vfs.DiskUsage, error) {
	usage, err := d.FS.GetDiskUsage(path)
	if err != nil {
		return usage, errors.Join(vfs.ErrUnsupported, err)
	}
	return usage, nil
}

func (d *disk) Unwrap() vfs.FS { return d.FS }

type fileKind int

const (
	otherFile fileKind = iota
	tableFile
	logFile
	markerFile
)

func kindOf(path string) fileKind {
	switch name := filepath.Base(path); {
	case strings.HasPrefix(name, "marker."):
		return markerFile
	case strings.HasSuffix(name, ".sst"), strings.HasSuffix(name, ".blob"):
		return tableFile
	case strings.HasSuffix(name, ".log"):
		return logFile
	default:
		return otherFile
	}
}

// walFile is a file of the write-ahead log. One failure is the end of it, whatever a later call returns.
type walFile struct {
	vfs.File
	disk *disk
}

// Close is called for a log that failed when the engine is closed, and before Pebble panics.
func (l *walFile) Close() error {
	err := l.note(l.File.Close())
	if failed := l.disk.condition.failedLog(); failed != nil && l.disk.running.Load() {
		l.disk.fatal(fmt.Errorf("end the log: %w", failed))
	}
	return err
}

func (l *walFile) Write(p []byte) (int, error) {
	n, err := l.File.Write(p)
	return n, l.note(err)
}

func (l *walFile) Sync() error     { return l.note(l.File.Sync()) }
func (l *walFile) SyncData() error { return l.note(l.File.SyncData()) }

func (l *walFile) SyncTo(length int64) (bool, error) {
	full, err := l.File.SyncTo(length)
	return full, l.note(err)
}

func (l *walFile) note(err error) error {
	if err != nil {
		l.disk.condition.logFailed(err)
	}
	return err
}

// directory is that of the store.
type directory struct {
	vfs.File
	disk *disk
}

func (f *directory) Sync() error {
	err := f.File.Sync()
	if err != nil {
		err = fmt.Errorf("sync the directory: %w", err)
		f.disk.attempt.fail(err)
		if f.disk.running.Load() {
			f.disk.fatal(err)
		}
	}
	return err
}
