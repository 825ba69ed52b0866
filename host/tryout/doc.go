// Package tryout runs a handler without a server, for those who write one: the module in the real sandbox, with the limits
// of a server, on a store in memory.
//
//	.wasm --sandbox.Load--> Module --New--> Host --Call(Request)--> Report
//	                                             --Play(Script)---> Verdicts
//
// A Host is one store, one connection and what it is subscribed to. A call that ends well changes them, and one that does
// not leaves them as they were, as on a server. What a Host does not have: other connections, conflicts with concurrent
// commits, repeated messages, a server's configuration. Time and seed of a call are the caller's choice, so the same calls
// give the same result every time: reply, effects and fuel.
package tryout
