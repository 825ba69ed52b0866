package wire

import (
	"crypto/tls"
	"time"
)

// Config bounds one Server. A zero or negative field means its default; NewServer replaces it, so that no limit can be
// switched off by leaving it out. Immutable afterwards.
type Config struct {
	// MaxMessageBytes is the longest message a client may send, all its fragments together. A longer one ends its
	// connection with close 1009. Default 16 MiB.
	MaxMessageBytes int
	// MaxConnections is how many WebSocket connections may be open at once. One more upgrade gets 503. Connections
	// that speak plain HTTP do not count. Default 10 000.
	MaxConnections int

	// SendQueue is how many messages may wait for one client while its socket accepts nothing. Default 100.
	SendQueue int
	// SendBytes is how many bytes may wait for one client. It is compared before a message is added, so one message
	// of any size fits into an empty queue. Default 4 MiB.
	SendBytes int
	// StallTimeout is how long a socket may accept nothing before a full queue costs the connection. Default 2 s.
	StallTimeout time.Duration

	// MessageTimeout is how long a client may take from the first byte of a message to the last, fragments and the
	// frames between them included. It is dropped then, without a close frame. Default 60 s.
	MessageTimeout time.Duration
	// MaxHandling is how many connections may have messages handled at once; the others wait unread, in turn. Default
	// 512.
	MaxHandling int
	// SocketBytes is what the kernel may hold for one connection, in each direction. Default 256 KiB.
	SocketBytes int

	// HeaderTimeout is how long a client may take for its request header, the handshake of TLS before it included.
	// Default 10 s.
	HeaderTimeout time.Duration
	// MaxHeaderBytes is the longest request header. Default 8 KiB.
	MaxHeaderBytes int

	// DrainTimeout is how long a shutdown waits for running messages and HTTP requests. Default 5 s.
	DrainTimeout time.Duration
	// FlushTimeout is how long a closing connection may take to accept what is queued and to answer the close frame,
	// in a shutdown and at any other time. Default 2 s.
	FlushTimeout time.Duration

	// HeartbeatInterval is the time between two pings to a client that is silent, and HeartbeatTimeout the silence after
	// which its connection is closed with 1001. Whole seconds, 18 hours at most; 0 means
	// no heartbeat.
	HeartbeatInterval, HeartbeatTimeout time.Duration

	// TLS is asked of every client if it is not nil. See LoadTLS and SelfSignedTLS.
	TLS *tls.Config

	// Serial gives every connection a goroutine of its own, as on systems where sockets cannot be polled.
	Serial bool

	accept4 func(fd int) (int, error) // for tests
}

func (c Config) withDefaults() Config {
	orDefault(&c.MaxMessageBytes, 16<<20)
	orDefault(&c.MaxConnections, 10_000)
	orDefault(&c.SendQueue, 100)
	orDefault(&c.SendBytes, 4<<20)
	orDefault(&c.StallTimeout, 2*time.Second)
	orDefault(&c.MessageTimeout, time.Minute)
	orDefault(&c.MaxHandling, 512)
	orDefault(&c.SocketBytes, 256<<10)
	orDefault(&c.HeaderTimeout, 10*time.Second)
	orDefault(&c.MaxHeaderBytes, 8<<10)
	orDefault(&c.DrainTimeout, 5*time.Second)
	orDefault(&c.FlushTimeout, 2*time.Second)
	return c
}

func orDefault[T int | time.Duration](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}
