// Package storage is the contract between the work board and whatever keeps its data: errors, the sequence of commits,
// and what an ordered key-value engine must offer. It holds no engine: storage/lsm is Pebble, storage/storagetest has one
// in memory, storage/txn builds transactions on either.
//
// Keys and values are plain bytes; package storage/key says who owns which keys. Nobody above storage/txn sees an Engine.
//
// Two moments of a commit matter, and they are never confused: it is visible once it is applied (other transactions read
// it), and durable once its write-ahead log record is synced (it survives a power failure). A reply or an event leaves
// only after the second.
package storage

import "errors"

// Sequence is the position of a commit in the one global order of commits. The first commit is 1; 0 is "before any".
type Sequence uint64

// Errors a transaction can end with. Everything else that comes out of storage is an engine error: an I/O failure that
// counts against the breaker.
var (
	// ErrConflict: another commit changed something this transaction had read. Nothing was written; run it again.
	ErrConflict = errors.New("conflict with a concurrent commit")
	// ErrUncertain: the commit was applied but its sync failed. Nobody knows whether it survives a restart.
	ErrUncertain = errors.New("durability could not be confirmed")
	// ErrUnavailable: the store is closed, or it failed and waits for a restart. Nothing was written.
	ErrUnavailable = errors.New("storage is not available")
	// ErrReadOnly: the store takes no writes. Nothing was written.
	ErrReadOnly = errors.New("storage is read-only")
	// ErrCorrupt: a stored record does not decode.
	ErrCorrupt = errors.New("stored data is damaged")
)

// Reader reads one consistent state of the store. One goroutine at a time.
type Reader interface {
	// Get returns the value of key. The value is a view, valid until the next call on the Reader.
	Get(key []byte) (value []byte, found bool, err error)
	// Scan visits the pairs with lo <= key < hi in ascending order, or descending if reverse, until visit returns false.
	// A nil hi means "to the end"; a range with hi <= lo is empty. Key and value are views valid during visit, which must not use the Reader.
	Scan(lo, hi []byte, reverse bool, visit func(key, value []byte) (more bool)) error
}

// Writer is a Reader that sees its own writes. It borrows keys and values until return.
type Writer interface {
	Reader
	Put(key, value []byte) error
	Delete(key []byte) error
}

// Engine is an ordered key-value engine. Safe for concurrent use.
type Engine interface {
	// NewBatch returns an empty Batch, to be used again and again.
	NewBatch() Batch
	// Close waits for nothing: all batches must have been reset before.
	Close() error
}

// Batch is the workspace of one transaction at a time: a snapshot of the engine and the transaction's own writes over it.
// One goroutine at a time.
type Batch interface {
	Writer
	// Begin drops what the Batch held and pins the engine's current state as its snapshot.
	Begin() error
	// DeleteRange deletes the keys with lo <= key < hi: those the Batch wrote before, and when it is applied all that are
	// in the engine then, whether or not the snapshot has them. It is for sweeping out many keys at once and costs more
	// than a few Deletes. An empty range is nothing. Borrows lo and hi until return.
	DeleteRange(lo, hi []byte) error
	// Count returns the number of Put, Delete and DeleteRange calls since Begin.
	Count() int
	// Apply makes the writes visible, all at once, and queues them for the log. Callers of one Engine take turns: the log
	// has their order. The snapshot is released; only Sync and Reset may follow. An error means that nothing was written.
	Apply() error
	// Sync waits until the applied writes, and with them all that were applied before, are durable. After an error it is
	// unknown which of them will survive a restart, and no later Sync may succeed. Call it once for each Apply.
	Sync() error
	// Reset drops the writes that were not applied and releases the snapshot; after an Apply without Sync it waits as Sync
	// does. It never fails, and may be repeated.
	Reset()
}
