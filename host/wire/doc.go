// Package wire serves WebSocket connections and plain HTTP on one port. It is the only package that knows frames,
// sockets and the upgrade; above it there are messages, sessions and encoded frames.
//
// # Life of a connection
//
//	accept -> first bytes -> GET /ws -> form? place? Acceptor? -> 101 -> frames -> messages -> Session
//	                   \-> anything else, with its bytes, to net/http -> the server's http.Handler
//	                                                        \-> GET /ws on a kept-alive connection: as above
//
// A Session gets the binary messages of one client, one at a time and in order. It answers through its Conn, which
// anyone may hold: Send queues a reference to an encoded Frame and returns. Text messages are checked and dropped, pings
// are answered, pongs ignored, close frames answered with their own code.
//
// How a connection ends, and what its client sees:
//
//	client sends close             what is queued, the same code, end of stream
//	client breaks RFC 6455         what is queued, 1002, 1007 or 1009, end of stream
//	Conn.Close, Server.Shutdown    what is queued, that code, and FlushTimeout to answer
//	client does not read           1013 if the socket takes it, then the socket is closed
//	end of stream, socket error    what is queued if the socket takes it, no close frame
//
// # Bounds
//
// A client's message grows with its bytes, whatever its header declares, up to MaxMessageBytes. A client's queue is
// bounded by SendQueue and SendBytes; at half of either its requests wait unread, so that a client that asks and does
// not read costs half a queue and the reply to one request. Headers are bounded in size and time, connections in number.
//
// # Goroutines and locks
//
// For each new socket one goroutine (Server.welcome) reads the header and then, for a WebSocket, stays as its reader. A
// second one (Conn.write) lives while frames are queued. Reads and writes are ended by deadlines or by closing the
// socket, never by a channel; so everything that waits for the reader or the writer waits for at most FlushTimeout, but
// for the time that a Session takes. Server.running counts listeners, sockets, connections and the goroutine of
// net/http; Shutdown waits for it to be 0.
//
// Lock order: Server.mu, then Conn.mu. Neither is held while a Session, an Acceptor or a socket is called, except for
// setting deadlines and closing, which do not block.
package wire
