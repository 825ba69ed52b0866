package client

import (
	"context"
	"fmt"
	"sync"

	"workcell/host/client/pmpb"
)

// eventQueue keeps messages in order of arrival, up to a limit. Safe for concurrent use.
type eventQueue struct {
	limit int           // negative: keep nothing
	wake  chan struct{} // holds one token while there may be something for a sleeping taker

	mu   sync.Mutex
	list []*pmpb.WebSocketMessage // guarded by mu
}

// put appends message and reports whether it had room.
func (q *eventQueue) put(message *pmpb.WebSocketMessage) bool {
	if q.limit < 0 {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) >= q.limit {
		return false
	}
	q.list = append(q.list, message)
	q.signal()
	return true
}

// take removes the oldest message.
func (q *eventQueue) take() (*pmpb.WebSocketMessage, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.list) == 0 {
		return nil, false
	}
	message := q.list[0]
	q.list[0] = nil
	q.list = q.list[1:]
	if len(q.list) > 0 {
		q.signal()
	}
	return message, true
}

// takeAll removes everything.
func (q *eventQueue) takeAll() []*pmpb.WebSocketMessage {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.list
	q.list = nil
	return all
}

func (q *eventQueue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// NextEvent returns the oldest message that was not the reply to a waiting request, and waits for one if there is none:
// broadcasts, errors without a message id, and replies whose Do had given up. Events received before the connection
// ended are returned first, then the error of Err. The message is the caller's.
func (c *Client) NextEvent(ctx context.Context) (*pmpb.WebSocketMessage, error) {
	for {
		if event, ok := c.events.take(); ok {
			return event, nil
		}
		select {
		case <-c.events.wake:
		case <-c.ended:
			if event, ok := c.events.take(); ok {
				return event, nil
			}
			return nil, fmt.Errorf("wait for an event: %w", c.err)
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for an event: %w", ctx.Err())
		}
	}
}

// TakeEvents returns all events received so far, oldest first, without waiting. After a Do that succeeded, these
// include every event that the server sent before its reply.
func (c *Client) TakeEvents() []*pmpb.WebSocketMessage { return c.events.takeAll() }
