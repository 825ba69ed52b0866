// Package deploy brings versions of handlers into service and out of it again, while calls go on.
//
// # The way of a module
//
//	.wasm -> staged -> verified -> compiled -> imaged -> self-tested -> (on trial ->) active -> draining -> retired
//	           |          |           |           |           |              |          |
//	           +----------+-----------+-----------+-----------+-> rejected   +----------+-> rolled back
//
// Two doors lead to it: Push, and the directory that Run watches. Each arrow is one durable change of the catalog, one event
// in its history and one line in the log, and all of them happen with Machine.mu held. The way up to self-tested belongs to
// one module at a time, and takes as long as compiling does; what runs is not touched by it.
//
// # Kill at any moment
//
// What the catalog says is true, the rest is a consequence of it. The bytes are durable before the first row that names
// them. The change that makes a version active is the one that sends the version before it into draining; the table of
// routes is swapped after it is durable. Start finds, for each handler, the one version the catalog calls active, calls what
// was draining retired, takes up a trial again, and has Run go on with what was on its way: a second time, not a third, for
// it may have been what ended the process.
//
// A version that cannot be loaded at a start goes out, and the newest one before it that can be, and fits, takes its place.
//
// # Signatures
//
// With trusted keys no version is loaded whose signature, which the catalog keeps, is not that of one of them: neither when
// it comes nor when it is put back nor at a start. So a key that is withdrawn takes out what only it has signed, and no
// more: at the next start, as the keys are read there. See signature.go.
//
// # Who gets a route
//
// Handlers that the program brings along are version zero: always loaded, never removed. A handler of the same name takes
// their place, route by route; what it does not declare stays with version zero. A handler of another name gets a route of
// theirs only if it was pushed with TakeOver and declares their data sets. Two handlers that were pushed never share a route.
// See claim.go.
//
// # Calls in flight
//
// A call ends on the version it began with. A version is closed when it is neither in service nor the one to go back to, all
// that could still be waiting for it has lost its patience, and its last call has ended.
//
// # Locks
//
//	Machine.pushing   one module on its way; held over compiling
//	Machine.mu        the state of all versions; held over a commit to the catalog, never over compiling
//	judge.mu, trial.mu  leaves
package deploy
