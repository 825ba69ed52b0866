package client

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/coder/websocket"
)

// MessageType is the kind of a WebSocket message, by its opcode (RFC 6455 section 11.8).
type MessageType int

// The two kinds of messages. The protocol uses Binary only.
const (
	Text   MessageType = 1
	Binary MessageType = 2
)

// Raw is a connection whose messages are bytes, for tests of the protocol itself. Receive is for one goroutine at a
// time, and the other methods are safe for concurrent use. Pings of the server are answered while Receive or Close
// runs. It has no goroutines of its own.
type Raw struct {
	conn *websocket.Conn
}

// DialRaw connects like Dial, without a reader, an event buffer or a tap.
func DialRaw(ctx context.Context, address string, opts Options) (*Raw, error) {
	conn, err := connect(ctx, address, opts)
	if err != nil {
		return nil, err
	}
	return &Raw{conn: conn}, nil
}

// SendBytes sends one message in one frame; it borrows message until it returns. If ctx ends first the connection is
// lost, since half a frame may have been sent.
func (r *Raw) SendBytes(ctx context.Context, kind MessageType, message []byte) error {
	if err := r.conn.Write(ctx, websocket.MessageType(kind), message); err != nil {
		return fmt.Errorf("send: %w", explain(err))
	}
	return nil
}

// Receive returns the bytes of the next binary message, which are the caller's. A close frame is a *CloseError with its
// code, an end without one wraps ErrLost, a text message ErrProtocol. If ctx ends first the connection is lost.
func (r *Raw) Receive(ctx context.Context) ([]byte, error) {
	kind, message, err := r.conn.Read(ctx)
	if err != nil {
		return nil, fmt.Errorf("receive: %w", explain(err))
	}
	if kind != websocket.MessageBinary {
		return nil, fmt.Errorf("receive: %w: a text message: %.100q", ErrProtocol, message)
	}
	return message, nil
}

// Close sends a close frame and waits up to 5 s for the server's; messages in between are dropped. Code 1005 sends a
// frame without a code. An answer with another code is a *CloseError. Closing an ended connection is not an error.
func (r *Raw) Close(code int, reason string) error {
	err := r.conn.Close(websocket.StatusCode(code), reason)
	if err == nil || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("close: %w", explain(err))
}

// Abort drops the connection without a close frame.
func (r *Raw) Abort() { _ = r.conn.CloseNow() }
