// Package backup makes a copy of a box that leaves it, tells whether such a copy is whole, and puts it back.
//
// # What a backup is
//
//	DIR/
//	  manifest.json    what the backup holds, and its own digest
//	  store/           the files of a checkpoint: a store that could be opened as it is
//	  modules/         the modules of pushed handlers, by their digests
//	  config.toml      the configuration file, if there is one
//
// The manifest lists every file with its size and SHA-256. A file that is missing, changed or too many is named. The
// digest of the manifest covers all of it but itself. It shows damage, not forgery: whoever can write to the backup can
// write a new digest.
//
// A backup holds the state after one commit, manifest.sequence, whole: all commits up to it and none after it. Every
// write that was acknowledged before the backup was asked for is among them. The module of every handler that is active
// after that commit is there; without it no backup is made, and none is whole.
//
// The configuration may hold secrets: all files of a backup are for their owner only. What it names outside of its directory,
// such as certificates, is nobody's to copy but the operator's.
//
// Backups of format 1 hold the store alone. They stay good.
//
// # How it is made
//
//	checkpoint (Lender) -> Plan -> DIR.partial: files, manifest -> synced -> read back -> renamed to DIR
//
// A Plan is made first: it looks at everything and writes nothing, so it can be shown and refused. Running it is a list
// of steps any of which may be the last: what was not finished is called DIR.partial and replaced by the next run. DIR
// itself appears in one step, whole, after everything in it was synced and read back. A restore does the same with the
// store's directory, from a backup that was verified. Before the store appears, and whole too, come the modules, beside
// those that are there, and the configuration, unless there is one: all of this can be done again.
//
// The checkpoint is made by whoever has the store open. A running server lends one to one backup at a time, for a limited
// time: while it is lent, the disk keeps what the engine would have deleted, and what handlers would have been forgotten. It
// has the layout of a backup. The store comes first, then the modules. A module is on the disk before the store names it, so
// only a handler that was replaced and forgotten in between can be missing; then another checkpoint is asked for.
//
// # Pace
//
// Copying shares the disk with the server's log, whose syncs its clients wait for. So it is done in small synced pieces, at
// most Options.BytesPerSecond (`make bench-backup`).
package backup
