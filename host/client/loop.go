package client

import (
	"context"
	"fmt"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/protobuf/proto"

	"workcell/host/client/pmpb"
)

// read receives until the connection ends, and then says so. It is the reader goroutine.
func (c *Client) read(life context.Context) {
	for {
		kind, raw, err := c.conn.Read(life)
		if err != nil {
			c.end(c.cause(err))
			_ = c.conn.CloseNow()
			return
		}
		if code, err := c.receive(kind, raw); err != nil {
			c.end(err)
			_ = c.conn.Close(code, "")
			return
		}
	}
}

// receive delivers one message. An error ends the connection, with code.
func (c *Client) receive(kind websocket.MessageType, raw []byte) (websocket.StatusCode, error) {
	if kind != websocket.MessageBinary {
		return websocket.StatusUnsupportedData, fmt.Errorf("%w: a text message: %.100q", ErrProtocol, raw)
	}
	if c.tap != nil {
		c.tap(raw)
	}
	message := &pmpb.WebSocketMessage{}
	if err := proto.Unmarshal(raw, message); err != nil {
		return websocket.StatusInvalidFramePayloadData, fmt.Errorf("%w: no envelope: %w", ErrProtocol, err)
	}
	if c.answer(message) {
		return 0, nil
	}
	if !c.events.put(message) {
		return websocket.StatusPolicyViolation, ErrEventOverflow
	}
	return 0, nil
}

// answer gives message to the request that waits for it, if any.
func (c *Client) answer(message *pmpb.WebSocketMessage) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	reply, ok := c.pending[message.MessageId]
	if ok {
		// The place is taken away at once: a second message with this id is an event.
		delete(c.pending, message.MessageId)
		reply <- message
	}
	return ok
}

// end records why the connection ended and wakes everybody who waits. Called once, by the reader.
func (c *Client) end(why error) {
	c.mu.Lock()
	c.err = why
	c.pending = nil
	c.mu.Unlock()
	close(c.ended)
}

// cause explains an error of the connection: our own doing if we were closing, unless the server said otherwise.
func (c *Client) cause(err error) error {
	c.mu.Lock()
	closing := c.closing
	c.mu.Unlock()
	if code := websocket.CloseStatus(err); closing && (code == -1 || code == websocket.StatusNormalClosure) {
		return ErrClosed
	}
	return explain(err)
}

// write sends what Do hands over until the connection has ended. It is the writer goroutine.
//
// No caller's context reaches the library, which would drop the whole connection when it ends.
func (c *Client) write(life context.Context) {
	for {
		select {
		case raw := <-c.outgoing:
			if c.conn.Write(life, websocket.MessageBinary, raw) == nil {
				continue
			}
		case <-c.ended:
			return
		}
		// The reader knows better why: there may be a close frame among what is still to be read.
		patience := time.AfterFunc(closeGrace, c.sever)
		<-c.ended
		patience.Stop()
		return
	}
}
