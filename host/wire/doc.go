// Package wire serves WebSocket connections and plain HTTP on one port. It is the only package that knows frames,
// sockets and the upgrade; above it there are messages, sessions and encoded frames.
//
// # Life of a connection
//
//	accept -> TLS? -> first bytes -> GET /ws -> form? place? Acceptor? -> 101 -> frames -> messages -> Session
//	                           \-> anything else, with its bytes, to net/http -> the server's http.Handler
//	                                                                 \-> GET /ws on a kept-alive connection: as above
//
// A Session gets the binary messages of one client, one at a time and in order. It answers through its Conn, which
// anyone may hold: Send queues a reference to an encoded Frame, SendCopy and Reply a copy of a payload, and all return
// at once. Text messages are checked and dropped, unless the session is a TextSession; pings are answered, pongs
// ignored, close frames answered with their own code.
//
// How a connection ends, and what its client sees:
//
//	client sends close             what is queued, the same code, end of stream
//	client breaks RFC 6455         what is queued, 1002, 1007 or 1009, end of stream
//	Conn.Close, Server.Shutdown    what is queued, that code, and FlushTimeout to answer
//	client does not read           1013 if the socket takes it, then the socket is closed
//	client is silent               1001, if there is a heartbeat
//	client does not finish         end of stream: a message has MessageTimeout, a header HeaderTimeout
//	end of stream, socket error    what is queued if the socket takes it, no close frame
//
// # Bounds
//
// A client's message grows with its bytes, whatever its header declares, up to MaxMessageBytes. A client's queue is
// bounded by SendQueue and SendBytes; at half of either its requests wait unread, so that a client that asks and does
// not read costs half a queue and the reply to one request. Headers are bounded in size and time, messages in size and
// time, connections in number, and so are those whose messages are handled at once: the others wait at the gate, unread,
// and get in in turn.
//
// # At rest
//
// Most connections do nothing most of the time. On Linux the sockets of a TCP listener are polled, and a connection at
// rest is 48 bytes and 8 in a table: no goroutine, no buffer, no timer. What it needs to do something (busy) comes from a
// pool and goes back. With TLS it also has what crypto/tls needs, over a socket that would block instead of blocking.
//
//	poller    waits for events, notes them on connections and queues those; accepts
//	workers   take connections from the queue: read, handle, write all answers at once; as many as there is work
//	sweep     looks four times a second at the deadlines of connections that are not at rest
//
// Sockets are registered edge-triggered and once. An event is only a hint, so that one meant for a socket that is gone
// does no harm to the next one with its number. One worker at a time reads for a connection (running), which is what
// keeps its messages in order; writing never blocks and is done under Conn.mu by whoever comes along.
//
// # Serial connections
//
// Elsewhere, and on other listeners, each connection has a goroutine that reads (Server.welcome, which read its header),
// and another one while frames are queued (Conn.write). Their reads and writes are ended by deadlines or by closing the
// socket, never by a channel. All tests run both ways.
//
// # Locks
//
// Server.mu, then Conn.mu, then those of the gate, the workers and the poller. Stopping to accept takes poller.mu under
// Server.mu. None is held while a Session or an Acceptor is called, or while a call to a socket may block.
//
// Server.running counts listeners, sockets, connections and the goroutine of net/http; Shutdown waits for it to be 0, and
// then for the poller and its workers.
package wire
