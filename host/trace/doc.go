// Package trace sends traces to a collector: OTLP over HTTP, protobuf.
//
// A message that was handled is one trace of up to three spans, made when everything about it is known:
//
//	<handler>       server span, from the message to its answer: correlation id, outcome, code, fuel, conflicts
//	  call          the last run of the guest
//	  commit        from applying its writes until they are durable
//
// Ids are those of the W3C. A message whose id is a UUID has the trace of that id, so that who knows the message finds the
// trace; other messages have random ones.
//
// Handled copies what it needs into a bounded queue and returns; a queue that is full, like a collector that does not
// answer, costs spans and nothing else. Both are counted. One goroutine, started by New and ended by Close, sends.
package trace
