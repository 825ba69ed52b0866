// Package sandbox runs guests: it turns a .wasm file into a Module, keeps a Pool of instances for it, and runs a Call in
// one of them. It is the only package that knows the engine, wazero.
//
//	.wasm --Load--> Module --NewPool--> Pool --Run(Call)--> Outcome
//
// A Module is compiled code and a manifest, shared by all calls. An instance is a module with a memory of its own, held by
// one goroutine for one Call, and never sees another call's memory. A Call carries what the guest may know (request,
// identity, time, seed, transaction) and collects what it did (reply, events, changes of subscriptions). An Outcome says
// how it ended.
//
// What a guest does to its own instance, and whatever it passes to a host function, ends at most its own call: every
// pointer and length is checked where it enters (see Call.Bytes), a violation is a trap, and the instance's state is
// discarded with the call. The functions themselves are in package hostcall and reach the engine through Function.
//
// Concurrency: an Engine, a Module and a Pool are safe for concurrent use. A Call belongs to one goroutine.
package sandbox
