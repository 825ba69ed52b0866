package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"workcell/host/client/pmpb"
)

// closeGrace is how long the other side's half of an ending is waited for.
const closeGrace = 2 * time.Second

// Client is one connection to a server. All methods are safe for concurrent use. It must be closed.
type Client struct {
	conn     *websocket.Conn
	tap      func([]byte)
	outgoing chan []byte // unbuffered: a message handed over is the next one on the wire
	events   eventQueue
	sever    context.CancelFunc // drops the connection without a word
	workers  sync.WaitGroup     // reader and writer

	ended chan struct{} // closed by the reader; err is final then
	err   error         // why the connection ended; written once, before ended is closed

	mu      sync.Mutex
	closing bool                                   // guarded by mu; Close or Abort was called
	pending map[string]chan *pmpb.WebSocketMessage // guarded by mu; nil once ended. Each channel holds one reply.

	closeOnce sync.Once
	closeErr  error // the result of the first Close
}

// Dial connects to the server at address, such as ws://127.0.0.1:8080/ws; a URL without a path gets /ws. ctx bounds the
// upgrade only. An upgrade that the server did not grant is a *RefusedError.
func Dial(ctx context.Context, address string, opts Options) (*Client, error) {
	conn, err := connect(ctx, address, opts)
	if err != nil {
		return nil, err
	}
	limit := opts.EventLimit
	if limit == 0 {
		limit = defaultEventLimit
	}
	life, sever := context.WithCancel(context.Background())
	c := &Client{
		conn:     conn,
		tap:      opts.Tap,
		outgoing: make(chan []byte),
		events:   eventQueue{limit: limit, wake: make(chan struct{}, 1)},
		sever:    sever,
		ended:    make(chan struct{}),
		pending:  map[string]chan *pmpb.WebSocketMessage{},
	}
	// Both end with the connection; Close and Abort wait for them.
	c.workers.Go(func() { c.read(life) })
	c.workers.Go(func() { c.write(life) })
	return c, nil
}

// Do sends request and returns the reply that carries its message id, which may be of type Error: see Result and Ask.
//
// An empty message id is sent as a new random UUID and a zero timestamp as the current time; request itself is not
// changed, and not used after Do returns. Several Do may wait at once, in any order of replies; an id that already
// waits is refused with ErrDuplicateID.
//
// When ctx ends first, the connection lives on and a reply that comes later is an event. When the connection ends, the
// error is or wraps a *CloseError, ErrLost or ErrClosed. In all these cases the server may have done what was asked.
func (c *Client) Do(ctx context.Context, request *pmpb.WebSocketMessage) (*pmpb.WebSocketMessage, error) {
	sent := stamped(request)
	raw, err := proto.Marshal(sent)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", nameOf(sent), err)
	}
	reply, err := c.expect(sent.MessageId)
	if err == nil {
		defer c.forget(sent.MessageId)
		err = c.exchange(ctx, raw, reply)
	}
	// A reply that did arrive counts more than whatever ended the wait at the same moment.
	select {
	case message := <-reply:
		return message, nil
	default:
		return nil, fmt.Errorf("%s (message id %s): %w", nameOf(sent), sent.MessageId, err)
	}
}

// exchange hands raw to the writer and waits until reply is filled; nil means it is.
func (c *Client) exchange(ctx context.Context, raw []byte, reply chan *pmpb.WebSocketMessage) error {
	select {
	case c.outgoing <- raw:
	case <-c.ended:
		return c.err
	case <-ctx.Done():
		return fmt.Errorf("send: %w", ctx.Err())
	}
	select {
	case message := <-reply:
		reply <- message
		return nil
	case <-c.ended:
		return c.err
	case <-ctx.Done():
		return fmt.Errorf("wait for the reply: %w", ctx.Err())
	}
}

// stamped returns an envelope with message id and timestamp that shares request's payload.
func stamped(request *pmpb.WebSocketMessage) *pmpb.WebSocketMessage {
	sent := &pmpb.WebSocketMessage{
		MessageId: request.GetMessageId(),
		Timestamp: request.GetTimestamp(),
		Payload:   request.GetPayload(),
	}
	if request != nil {
		sent.Sequence, sent.Reload = request.Sequence, request.Reload
		sent.ProtoReflect().SetUnknown(request.ProtoReflect().GetUnknown())
	}
	if sent.MessageId == "" {
		sent.MessageId = uuid.NewString()
	}
	if sent.Timestamp == 0 {
		sent.Timestamp = time.Now().Unix()
	}
	return sent
}

// expect opens a place for the reply to id.
func (c *Client) expect(id string) (chan *pmpb.WebSocketMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending == nil {
		return nil, c.err
	}
	if _, taken := c.pending[id]; taken {
		return nil, ErrDuplicateID
	}
	reply := make(chan *pmpb.WebSocketMessage, 1)
	c.pending[id] = reply
	return reply, nil
}

func (c *Client) forget(id string) {
	c.mu.Lock()
	delete(c.pending, id)
	c.mu.Unlock()
}

// Done returns a channel that is closed when the connection has ended, for whatever reason.
func (c *Client) Done() <-chan struct{} { return c.ended }

// Err returns why the connection ended, and nil while it lasts: a *CloseError, or an error that wraps ErrLost,
// ErrClosed, ErrEventOverflow or ErrProtocol.
func (c *Client) Err() error {
	select {
	case <-c.ended:
		return c.err
	default:
		return nil
	}
}

// Close ends the connection with a close handshake (code 1000) and waits for the goroutines. Waiting requests fail with
// ErrClosed; events already received stay readable. A server that does not answer is left after a few seconds, with an
// error. Closing an ended connection is not an error, and a second Close returns what the first one did.
func (c *Client) Close() error {
	c.closeOnce.Do(func() { c.closeErr = c.close() })
	return c.closeErr
}

func (c *Client) close() error {
	defer c.workers.Wait()
	defer c.sever()
	if c.Err() != nil {
		return nil
	}
	c.setClosing()
	// The library waits 5 s for the answer and offers no way to shorten that, save dropping the connection.
	patience := time.AfterFunc(closeGrace, c.sever)
	defer patience.Stop()
	err := c.conn.Close(websocket.StatusNormalClosure, "")
	// An error that is a close frame means that the server was closing at the same time.
	if err == nil || errors.Is(err, net.ErrClosed) || websocket.CloseStatus(err) != -1 {
		return nil
	}
	return fmt.Errorf("close handshake: %w", root(err))
}

// Abort drops the connection without a close frame, as a dying client does, and waits for the goroutines.
func (c *Client) Abort() {
	c.setClosing()
	c.sever()
	c.workers.Wait()
}

func (c *Client) setClosing() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
}
