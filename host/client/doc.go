// Package client speaks the appliance's protocol from the outside: binary WebSocket messages, each one a protobuf
// envelope (pmpb.WebSocketMessage). The command line, load generators and the end-to-end tests use it. It shares no
// code with the server, so that a mistake in the server's codec cannot hide itself.
//
// A Client matches replies to requests by message id and keeps everything else as events:
//
//	Do ──► outgoing ──► writer ──► socket ──► reader ──► tap, then pending[id] ──► Do
//	                                                           └─ no such id ───► events ──► NextEvent
//
// Two goroutines serve a Client. The reader ends when the connection does, for whatever reason, and records why; the
// writer ends after it. Close and Abort end the connection and wait for both. A Raw has no goroutines: it hands over
// the exact bytes, for tests of the protocol itself.
//
// Order: the reader handles one message at a time. When Do returns a reply, every event that the server sent before
// that reply is already in the event buffer, so TakeEvents sees it; and a Do of a Ping is a barrier behind which
// nothing sent earlier can still be under way. Options.Tap sees the exact sequence of events and replies.
//
// Deadlines: a context bounds the wait of one call and never harms the connection, which other calls may be using. A
// request whose Do gave up may have been carried out all the same. To find out, repeat it with the same message id: the
// server then answers again instead of acting again.
//
// Lock order: Client.mu, then nothing. eventQueue.mu is taken alone.
package client
