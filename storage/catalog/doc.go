// Package catalog remembers the versions of handlers that an operator has brought in: what became of each, and the bytes.
//
// # Where things are
//
//	<directory>/<sha256>.wasm    the bytes of a module, written under another name, synced, renamed
//	h | d | id u64               a Deployment: one attempt to bring in one module
//	h | e | number u64           an Event: one change of one deployment, the newest MaxEvents of them
//	h | s | data set             which versions of records may be stored in a data set
//	h | p | handler              the handler is paused
//
// Every row is a version byte, 1, and a JSON document. Rows change in one transaction for each step, and Apply returns when
// that is durable. The bytes of a module are on the disk before the first row that names them, and are removed after the
// last row that does: so a crash between the two leaves at most a file that nobody names, which Sweep removes.
//
// The catalog knows nothing of WebAssembly: what the states mean, and which may follow which, is the business of its owner,
// which is one for each catalog. Methods must not be called at the same time, but for Read and History.
package catalog
