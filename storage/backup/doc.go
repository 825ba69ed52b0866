// Package backup makes a copy of the store that leaves the box, tells whether such a copy is whole, and puts it back.
//
// # What a backup is
//
//	DIR/
//	  manifest.json    what the backup holds, and its own digest
//	  store/           the files of a checkpoint: a store that could be opened as it is
//
// The manifest lists every file with its size and SHA-256. A file that is missing, changed or too many is named. The
// digest of the manifest covers all of it but itself. It shows damage, not forgery: whoever can write to the backup can
// write a new digest.
//
// A backup holds the state after one commit, manifest.sequence, whole: all commits up to it and none after it. Every
// write that was acknowledged before the backup was asked for is among them.
//
// # How it is made
//
//	checkpoint (Lender) -> Plan -> DIR.partial: files, manifest -> synced -> read back -> renamed to DIR
//
// A Plan is made first: it looks at everything and writes nothing, so it can be shown and refused. Running it is a list
// of steps any of which may be the last: what was not finished is called DIR.partial and replaced by the next run. DIR
// itself appears in one step, whole, after everything in it was synced and read back. A restore does the same with the
// store's directory, from a backup that was verified.
//
// The checkpoint is made by whoever has the store open. A running server lends one to one backup at a time, for a limited
// time: while it is lent, the disk keeps what the engine would have deleted.
//
// # Pace
//
// Copying shares the disk with the server's log, whose syncs its clients wait for. So it is done in small synced pieces, at
// most Options.BytesPerSecond (`make bench-backup`).
package backup
