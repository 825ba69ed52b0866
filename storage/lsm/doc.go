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
// # Faults
//
// Nothing is acknowledged that was not synced, and what was is found by the next start. Besides:
//
//	a write or sync of the log fails    Sync returns it, Apply refuses from then on; the owner ends the process
//	the log cannot be ended or begun,   Pebble could not go on, so Options.Fatal ends the process
//	the manifest cannot be written
//	a flush fails                       read-only until one succeeds; it is repeated with a pause in between
//	a compaction fails                  repeated with a pause in between; reported, nothing else
//	little free space                   read-only and the ballast removed, so that flushes and compactions can finish;
//	                                    writable when there is clearly more
//	no free space                       the same; the write that met it is repeated and most often succeeds
//	a damaged block                     the read returns storage.ErrCorrupt
//	the disk hangs                      Silent tells
//	no writes at Open                   opened read-only; Options.Restart is called when there is space
//	Open does not end                   ErrHung
//
// Read-only means that Apply returns storage.ErrReadOnly, with the reason, and has written nothing; reads go on. TestFaults
// has the table with all its rows.
//
// Where the engine must end the process, Options.Fatal is called, often by Pebble's own goroutines; if that comes back,
// the engine panics.
//
// # The directory
//
//	FORMAT       "workcell-store <version>"; until the first open has succeeded, with " creating"; while an older store
//	             is brought up to date, with " upgrading <version reached>"
//	LOCK         held while the engine is open
//	BALLAST      space kept in reserve; may be missing
//	everything else is Pebble's
//
// FORMAT is read before Pebble looks at the directory, so a store of a newer program is refused and not touched. Once it
// says that the store was created, missing files are damage: without this, Pebble would quietly begin an empty store.
//
// # Locks
//
// space.mu is taken before condition.mu, which is a leaf. Pebble calls the condition and space.full with its own mutexes
// held; neither ever calls Pebble.
package lsm
