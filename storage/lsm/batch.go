package lsm

import (
	"bytes"
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"workcell/storage"
)

// batch is a storage.Batch. One goroutine at a time.
type batch struct {
	engine *Engine
	write  *pebble.Batch    // nil until the first Begin, and after a failed sync
	read   *pebble.Iterator // nil unless begun

	stale   bool // there are writes that read has not been told of
	bounded bool // read has bounds
	pending bool // applied, and Sync was not called yet
}

// errNotBegun is a broken invariant of the caller.
var errNotBegun = errors.New("batch is used before Begin or after Apply")

// sameOptions makes Iterator.SetOptions change nothing but its view of the batch. Never written to.
var sameOptions pebble.IterOptions

func (b *batch) Begin() error {
	b.Reset()
	if b.write == nil {
		b.write = b.engine.db.NewIndexedBatch()
	}
	read, err := b.write.NewIter(nil)
	if err != nil {
		return failed("begin", err)
	}
	b.read = read
	return nil
}

func (b *batch) Get(key []byte) (value []byte, found bool, err error) {
	if b.read == nil {
		return nil, false, errNotBegun
	}
	b.refresh()
	b.unbound()
	if !b.read.SeekPrefixGE(key) {
		if err := b.read.Error(); err != nil {
			return nil, false, failed("get", err)
		}
		return nil, false, nil
	}
	value, err = b.read.ValueAndErr()
	if err != nil {
		return nil, false, failed("get", err)
	}
	return value, true, nil
}

func (b *batch) Scan(lo, hi []byte, reverse bool, visit func(key, value []byte) bool) error {
	if b.read == nil {
		return errNotBegun
	}
	if hi != nil && bytes.Compare(lo, hi) >= 0 {
		return nil
	}
	b.refresh()
	b.read.SetBounds(lo, hi)
	b.bounded = true
	first, next := b.read.First, b.read.Next
	if reverse {
		first, next = b.read.Last, b.read.Prev
	}
	for valid := first(); valid; valid = next() {
		value, err := b.read.ValueAndErr()
		if err != nil {
			return failed("scan", err)
		}
		if !visit(b.read.Key(), value) {
			return nil
		}
	}
	if err := b.read.Error(); err != nil {
		return failed("scan", err)
	}
	return nil
}

// refresh lets the iterator see the writes since the last read.
func (b *batch) refresh() {
	if !b.stale {
		return
	}
	b.unbound() // equal options keep Pebble from rebuilding the iterator
	b.read.SetOptions(&sameOptions)
	b.stale = false
}

func (b *batch) unbound() {
	if b.bounded {
		b.read.SetBounds(nil, nil)
		b.bounded = false
	}
}

func (b *batch) Put(key, value []byte) error {
	if b.read == nil {
		return errNotBegun
	}
	b.stale = true
	if err := b.write.Set(key, value, nil); err != nil {
		return failed("put", err)
	}
	return nil
}

func (b *batch) Delete(key []byte) error {
	if b.read == nil {
		return errNotBegun
	}
	b.stale = true
	if err := b.write.Delete(key, nil); err != nil {
		return failed("delete", err)
	}
	return nil
}

func (b *batch) DeleteRange(lo, hi []byte) error {
	if b.read == nil {
		return errNotBegun
	}
	if bytes.Compare(lo, hi) >= 0 {
		return nil
	}
	b.stale = true
	if err := b.write.DeleteRange(lo, hi, nil); err != nil {
		return failed("delete range", err)
	}
	return nil
}

func (b *batch) Count() int {
	if b.write == nil {
		return 0
	}
	return int(b.write.Count())
}

func (b *batch) Apply() error {
	if b.read == nil {
		return errNotBegun
	}
	b.release()
	if err := b.engine.Writable(); err != nil {
		return failed("apply", err)
	}
	b.engine.progress.begin() // it waits if too many memtables have to be flushed
	defer b.engine.progress.end()
	// A failure of the log does not come back from here but from SyncWait; other failures of a commit are Fatalf.
	if err := b.engine.db.ApplyNoSyncWait(b.write, pebble.Sync); err != nil {
		return failed("apply", err)
	}
	b.pending = true
	return nil
}

func (b *batch) Sync() error {
	if !b.pending {
		return nil
	}
	b.pending = false
	b.engine.progress.begin()
	defer b.engine.progress.end()
	if err := b.write.SyncWait(); err != nil {
		b.write = nil // Pebble forbids its reuse
		return failed("sync", err)
	}
	return nil
}

func (b *batch) Reset() {
	b.release()
	// The log still refers to a batch whose sync is running; its outcome is nobody's business any more.
	_ = b.Sync()
	if b.write != nil {
		b.write.Reset()
	}
	b.stale = false
}

// release lets go of the snapshot.
func (b *batch) release() {
	if b.read == nil {
		return
	}
	_ = b.read.Close() // repeats errors that reads have returned already
	b.read, b.bounded = nil, false
}

var _ storage.Batch = (*batch)(nil)
