// Package wasmbin reads and writes WebAssembly modules in binary form, and holds the small rewrites a guest goes through
// before it is metered and imaged. Bytes in, bytes out: it knows no engine.
//
//	Decode ── *Module ── TakeStart, TakeData, ExportGlobals, AddImport, ... ── Append
//	                └─── Reader: the instructions of a body, one by one
//
// # What is accepted
//
// Core features version 2: the first version and sign extension, saturating truncation, several results, bulk memory,
// reference types, mutable globals and vectors. Later features are refused with their name. What the specification calls
// malformed is refused, and so is every index of something that is not there: a rewrite that adds functions or types could
// otherwise give a meaning to an index that had none. Types are not checked, that is the engine's job; the rewrites keep
// an invalid module invalid.
//
// # One reading only
//
// Metering is only as good as its reading of the code: if the engine saw other instructions in the same bytes, they would
// run unmetered. LEB128 numbers are where readers differ (wazero takes the number after a vector prefix for one byte, for
// instance), and so Decode makes every number in bodies and initialisers as short as it can be. From then on there is
// only one way to read a module.
//
// # Round trips
//
//   - Append gives back the bytes that were decoded if they were canonical: shortest numbers, no empty sections.
//   - Otherwise Append gives canonical bytes of the same module: decoded again they give an equal Module and equal bytes.
//
// Custom sections keep their bytes and their place between the others.
//
// # Ownership
//
// Decode retains its input; the Module's byte slices are views of it, and nothing in this package writes to them. Append
// copies. A Module and a Reader serve one goroutine at a time.
package wasmbin
