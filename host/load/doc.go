// Package load puts a running server under load and measures what its clients see. It is one more client: it knows the
// server by its address alone.
//
//	prepare: projects and items, by as many connections as help -> dial all clients -> warm-up -> measured time -> drain
//
// Each client is a connection of its own, with a sender, and a receiver that always reads. A connection has as many places
// as Config.Pipeline says; the sender takes a free place and sends a request from it, and the receiver, who gets replies in
// the order of the requests, gives the place back:
//
//	free --> sender --> flight --> receiver --> free
//
// The loop is closed: a client whose places are all taken sends nothing. While the server is slow, fewer requests are sent,
// so fewer of them measure that it is slow: the percentiles are those of the requests that were sent, not those that users
// who come at times of their own would see (coordinated omission). Throughput does not suffer from it.
//
// A request counts if it was sent in the measured time, however late its reply is; the time ends with the last such reply.
// What was refused, or never answered, counts as an error under its code, in neither throughput nor latency.
package load
