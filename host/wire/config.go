package wire

import "time"

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

	// HeaderTimeout is how long a client may take for its request header. Default 10 s.
	HeaderTimeout time.Duration
	// MaxHeaderBytes is the longest request header. Default 8 KiB.
	MaxHeaderBytes int

	// DrainTimeout is how long a shutdown waits for running messages and HTTP requests. Default 5 s.
	DrainTimeout time.Duration
	// FlushTimeout is how long a closing connection may take to accept what is queued and to answer the close frame,
	// in a shutdown and at any other time. Default 2 s.
	FlushTimeout time.Duration
}

func (c Config) withDefaults() Config {
	orDefault(&c.MaxMessageBytes, 16<<20)
	orDefault(&c.MaxConnections, 10_000)
	orDefault(&c.SendQueue, 100)
	orDefault(&c.SendBytes, 4<<20)
	orDefault(&c.StallTimeout, 2*time.Second)
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
