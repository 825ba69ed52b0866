// Package abi is what host and guest both believe: version 1 of the interface between workcell and its handlers.
//
// A handler is a WebAssembly module. For each message the host gives it an instance without memory of earlier calls, and
// the guest answers through the functions of the import module [Module]. All numbers are little endian, all pointers are
// offsets into the guest's memory, all lengths count bytes. The host checks every pointer and length it is given: a bad
// one ends the call with a trap, and the call has no effect.
//
// # Exports of a guest
//
//	memory
//	_initialize()                               optional: start of a reactor
//	workcell_abi() i32                          returns Version
//	workcell_describe()                         writes its Manifest with output_write
//	workcell_handle(route i32, len i32) i32     handles one message; 0 commits, anything else refuses (see fail)
//	workcell_warm()                             optional: exercises code before the image of the memory is taken
//	workcell_selftest() i32                     optional: 0 if the handler finds itself in order
//
// workcell_handle gets the number of the route and the length of the request, which input_read copies out. What it
// writes with output_write is the reply's payload. A call that returns 0 commits everything it did: writes, events,
// changes of subscriptions. A call that returns anything else, or traps, did nothing.
//
// # Imports of a guest, module "workcell"
//
//	input_read(ptr, off, len) i32               copies request bytes from off on; returns how many
//	output_write(ptr, len)                      appends to the reply
//	kv_get(set, key, key_len, buf, cap) i32     returns the value's length or Absent; copies at most cap bytes of it
//	kv_put(set, key, key_len, val, val_len)
//	kv_delete(set, key, key_len)
//	kv_scan(set, lo, lo_len, hi, hi_len, flags, buf, cap) i64
//	                                            fills buf with pairs (see scan.go) with lo <= key < hi
//	emit(scopes, scopes_len, route, ptr, len)   an event for everybody subscribed to one of the scopes (see scope.go)
//	subscribe(kind, id, id_len) i32             subscribes the caller's connection: 0, or LimitReached
//	unsubscribe(kind, id, id_len)
//	revoke(kind, id, id_len, user)              ends the subscriptions of a user (16 bytes) to a scope
//	fail(code, field, field_len, msg, msg_len)  the error of a call that is about to return non-zero (see code.go)
//	identity(ptr, cap) i32                      who asks (see identity.go): returns the length, copies at most cap
//	config_get(key, key_len, buf, cap) i32      an operator's setting as text: its length, or Absent
//	now_ms() i64                                Unix time in milliseconds, fixed for the call
//	random(ptr, len)                            random bytes, fixed by the call's seed
//	log(level, ptr, len)                        one line for the operator
//
// All parameters and results are i32 unless they say i64. Of WASI preview 1 a guest may import what language runtimes
// need to start: clocks (the call's time), random_get (the call's randomness), no arguments, an environment that only
// turns off the collector of Go guests, fd_write to standard error (a bounded log), proc_exit (a trap). There are no files
// and no sockets.
//
// # Custom routes
//
// Clients call a route from FirstCustomRoute on by its name. The host takes the payload out of call_request and puts
// call_reply around the reply, whose payload field such a route declares as 1001; an event that is emitted in payload
// field 1002 gets call_event around it, with the name of the route and the first of its scopes as text (Scope.String). A
// handler sees none of the three messages, only what is in them.
//
// # Determinism
//
// Time and randomness are fixed for each call. The same module, request, reads, time and seed give the same writes,
// events and reply.
package abi

// Version of the interface this package describes.
const Version = 1

// Module is the name of the import module that offers the host's functions.
const Module = "workcell"

// Exports of a guest.
const (
	ExportABI        = "workcell_abi"
	ExportDescribe   = "workcell_describe"
	ExportHandle     = "workcell_handle"
	ExportWarm       = "workcell_warm"
	ExportSelfTest   = "workcell_selftest"
	ExportInitialize = "_initialize"
	ExportMemory     = "memory"
)

// Absent is what kv_get and config_get return for a key that is not there.
const Absent = -1

// LimitReached is what subscribe returns when the connection holds MaxSubscriptions. What the same call unsubscribes from
// still counts.
const LimitReached = 1

// Levels of log.
const (
	LogDebug = iota
	LogInfo
	LogWarn
	LogError
)

// Limits of version 1. A guest that exceeds one traps, unless it says otherwise.
const (
	MaxRequestBytes  = 64 << 20  // a request's payload
	MaxKeyBytes      = 1 << 10   // a guest key
	MaxValueBytes    = 4 << 20   // a stored value
	MaxScopes        = 8         // scopes of one event
	MaxScopeIDBytes  = 64        // id of a scope
	MaxSubscriptions = 1000      // scopes a connection holds; subscribe then answers LimitReached
	MaxFailBytes     = 4 << 10   // field and message of fail: longer texts are cut
	MaxRandomBytes   = 64 << 10  // one call of random
	MaxLogLineBytes  = 4 << 10   // a longer line is cut
	MaxManifestBytes = 256 << 10 // a manifest
)
