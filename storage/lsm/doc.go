// Package lsm is the storage engine on disk: Pebble, a log-structured merge tree. No other package imports Pebble, so an
// upgrade is this package's work alone.
//
// # One batch, one iterator
//
// A Batch keeps one indexed Pebble batch and, from Begin to Apply or Reset, one iterator over it. The iterator pins the
// engine's state and merges the batch's own writes into it: point reads are SeekPrefixGE (which asks the bloom filters,
// as the whole key is the prefix), scans set bounds. Pebble's own Get would read the state of the moment instead, and so
// two reads of one transaction could disagree. The iterator learns of new writes by SetOptions, lazily, on the first read
// after a write.
//
// # Applied, then synced
//
// Apply is ApplyNoSyncWait, Sync is SyncWait, and Commit(Sync) is used nowhere: when the log fails, Commit calls the
// logger's Fatalf and, if that returns, reports success for a lost write. SyncWait returns the error. After one failed
// sync all later ones fail too, even on a healed disk, while the lost writes stay visible: the process has to end.
//
// # What ends the process
//
// Pebble calls Fatalf where it cannot go on (MANIFEST not writable, broken invariants), often from its own goroutines.
// It must not return: Options.Fatal is called, and if that comes back, the engine panics. Damage found by a read does not
// end the process; the read returns storage.ErrCorrupt.
//
// # The directory
//
//	FORMAT       "workcell-store <version>" and, until the first open has succeeded, " creating"
//	LOCK         held while the engine is open
//	everything else is Pebble's
//
// FORMAT is read before Pebble looks at the directory, so a store of a newer program is refused and not touched. Once it
// says that the store was created, missing files are damage: without this, Pebble would quietly begin an empty store.
package lsm
