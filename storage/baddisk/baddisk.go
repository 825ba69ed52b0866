// Package baddisk is a file system for tests that fails when it is told to: it refuses operations by kind and file, hangs,
// counts, reports as much free space as a test likes. Test code only.
package baddisk

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// Op is an operation about to be done.
type Op = errorfs.Op

// Disk is a vfs.FS. Safe for concurrent use.
type Disk struct {
	vfs.FS // injects
	inner  vfs.FS
	before atomic.Pointer[func(Op) error]
	free   atomic.Uint64
}

// New returns a healthy disk with the files of inner.
func New(inner vfs.FS) *Disk {
	d := &Disk{inner: inner}
	d.FS = errorfs.Wrap(inner, errorfs.InjectorFunc(d.op))
	return d
}

// Before lets f be called before each operation, by the goroutine that does it. If f returns an error, the operation fails
// with it and does nothing. A nil f heals the disk.
func (d *Disk) Before(f func(Op) error) { d.before.Store(&f) }

// SetFree sets the free space that the disk reports; 0: that of the files beneath.
func (d *Disk) SetFree(bytes uint64) { d.free.Store(bytes) }

func (d *Disk) op(op Op) error {
	if f := d.before.Load(); f != nil && *f != nil {
		return (*f)(op)
	}
	return nil
}

// ReuseForWrite hands out a file whose operations fail, too, as errorfs does not.
func (d *Disk) ReuseForWrite(old, name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if err := d.op(Op{Kind: errorfs.OpReuseForWrite, Path: name}); err != nil {
		return nil, err
	}
	if err := d.inner.Rename(old, name); err != nil {
		return nil, err
	}
	return d.OpenReadWrite(name, category)
}

func (d *Disk) GetDiskUsage(path string) (vfs.DiskUsage, error) {
	if free := d.free.Load(); free != 0 {
		return vfs.DiskUsage{AvailBytes: free, TotalBytes: 1 << 40}, nil
	}
	return d.inner.GetDiskUsage(path)
}

// Kinds of operations, for Fail.
var (
	Creates = []errorfs.OpKind{errorfs.OpCreate, errorfs.OpReuseForWrite}
	Writes  = []errorfs.OpKind{errorfs.OpFileWrite, errorfs.OpFileWriteAt}
	Syncs   = []errorfs.OpKind{errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo}
	Renames = []errorfs.OpKind{errorfs.OpRename}
	Reads   = []errorfs.OpKind{errorfs.OpFileRead, errorfs.OpFileReadAt}
	Locks   = []errorfs.OpKind{errorfs.OpLock}
	// Changes are all of which leave a trace.
	Changes = slices.Concat(Creates, Writes, Syncs, Renames, Locks, []errorfs.OpKind{
		errorfs.OpLink, errorfs.OpRemove, errorfs.OpRemoveAll, errorfs.OpMkdirAll, errorfs.OpFilePreallocate,
	})
)

// Fail lets operations of the kinds on files whose path contains match fail with err.
func (d *Disk) Fail(err error, match string, kinds ...[]errorfs.OpKind) {
	d.Before(func(op Op) error {
		if strings.Contains(op.Path, match) && slices.Contains(slices.Concat(kinds...), op.Kind) {
			return err
		}
		return nil
	})
}
