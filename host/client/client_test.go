package client_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

func TestDoFillsIDAndTimeAndLeavesTheRequestAlone(t *testing.T) {
	seen := make(chan *pmpb.WebSocketMessage, 1)
	c := dial(t, serve(t, func(p *peer) {
		request := p.receive()
		seen <- request
		p.reply(request, &pmpb.Pong{Timestamp: 7})
	}), client.Options{})
	request := client.Envelope(&pmpb.Ping{Timestamp: 7})
	before := proto.Clone(request)
	reply, err := c.Do(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	sent := <-seen
	if id, err := uuid.Parse(sent.MessageId); err != nil || id.Version() != 4 {
		t.Errorf("message id %q is no random UUID: %v", sent.MessageId, err)
	}
	if sent.Timestamp == 0 {
		t.Error("no timestamp")
	}
	if reply.MessageId != sent.MessageId || reply.GetPong().GetTimestamp() != 7 {
		t.Errorf("reply %v to %v", reply, sent)
	}
	if !proto.Equal(before, request) {
		t.Errorf("request became %v", request)
	}
}

func TestDoKeepsIDAndTimeThatAreGiven(t *testing.T) {
	seen := make(chan *pmpb.WebSocketMessage, 1)
	c := dial(t, serve(t, func(p *peer) {
		request := p.receive()
		seen <- request
		p.reply(request, &pmpb.Pong{})
	}), client.Options{})
	request := client.Envelope(&pmpb.Ping{Timestamp: 7})
	request.MessageId, request.Timestamp = "mine", 1700000000
	request.ProtoReflect().SetUnknown([]byte{0xf8, 0x7d, 0x01}) // field 2015
	if _, err := c.Do(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if sent := <-seen; !proto.Equal(sent, request) {
		t.Errorf("sent %v for %v", sent, request)
	}
}

func TestRepliesFindTheirRequestsInAnyOrder(t *testing.T) {
	const requests = 50
	c := dial(t, serve(t, func(p *peer) {
		var all []*pmpb.WebSocketMessage
		for range requests {
			all = append(all, p.receive())
		}
		for i := range all {
			request := all[len(all)-1-i]
			p.reply(request, &pmpb.Pong{Timestamp: request.GetPing().GetTimestamp()})
		}
	}), client.Options{})
	var group sync.WaitGroup
	for i := range int64(requests) {
		group.Go(func() {
			pong, err := client.Ask[*pmpb.Pong](t.Context(), c, &pmpb.Ping{Timestamp: i})
			if err != nil || pong.Timestamp != i {
				t.Errorf("ping %d: %v, %v", i, pong, err)
			}
		})
	}
	group.Wait()
}

func TestEventsComeInOrderAndBeforeTheReplyThatFollowedThem(t *testing.T) {
	var tapped []string
	c := dial(t, serve(t, func(p *peer) {
		request := p.receive()
		p.send(event("e1"))
		p.send(event("e2"))
		p.reply(request, &pmpb.Pong{})
		request = p.receive()
		p.send(event("e3"))
		p.reply(request, &pmpb.Pong{})
	}), client.Options{Tap: func(raw []byte) {
		message := &pmpb.WebSocketMessage{}
		if err := proto.Unmarshal(raw, message); err != nil {
			t.Error(err)
		}
		tapped = append(tapped, client.PayloadName(message))
	}})
	if _, err := client.Ask[*pmpb.Pong](t.Context(), c, &pmpb.Ping{}); err != nil {
		t.Fatal(err)
	}
	if got := ids(c.TakeEvents()); got != "e1 e2" {
		t.Errorf("events before the first reply: %s", got)
	}
	if _, err := client.Ask[*pmpb.Pong](t.Context(), c, &pmpb.Ping{}); err != nil {
		t.Fatal(err)
	}
	if e, err := c.NextEvent(t.Context()); err != nil || e.MessageId != "e3" {
		t.Errorf("next event: %v, %v", e, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if got := strings.Join(tapped, " "); got != "call_event call_event pong call_event pong" {
		t.Errorf("order of arrival: %s", got)
	}
}

func TestNextEventWaitsForTheEvent(t *testing.T) {
	release := make(chan struct{})
	c := dial(t, serve(t, func(p *peer) {
		<-release
		p.send(event("late"))
	}), client.Options{})
	got := make(chan string)
	go func() { // ends with the event, or with the connection
		e, err := c.NextEvent(context.Background())
		if err != nil {
			got <- err.Error()
			return
		}
		got <- e.MessageId
	}()
	close(release)
	if id := <-got; id != "late" {
		t.Error(id)
	}
}

func TestAnIDThatWaitsIsRefusedUntilItsReply(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	c := dial(t, serve(t, func(p *peer) {
		first := p.receive()
		close(arrived)
		<-release
		p.reply(first, &pmpb.Pong{})
		p.reply(p.receive(), &pmpb.Pong{})
	}), client.Options{})
	request := client.Envelope(&pmpb.Ping{})
	request.MessageId = "same"
	first := make(chan error, 1)
	go func() { // ends with its reply, or with the connection
		_, err := c.Do(context.Background(), request)
		first <- err
	}()
	<-arrived
	if _, err := c.Do(t.Context(), request); !errors.Is(err, client.ErrDuplicateID) {
		t.Errorf("second request with the id: %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Errorf("first request with the id: %v", err)
	}
	if _, err := c.Do(t.Context(), request); err != nil {
		t.Errorf("after the reply: %v", err)
	}
}

func TestACancelledRequestLeavesTheConnectionAlone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := dial(t, serve(t, func(p *peer) {
		slow := p.receive()
		cancel()
		next := p.receive()
		p.reply(slow, &pmpb.Pong{Timestamp: 1})
		p.reply(next, &pmpb.Pong{Timestamp: 2})
	}), client.Options{})
	_, err := client.Ask[*pmpb.Pong](ctx, c, &pmpb.Ping{Timestamp: 1})
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "ping (message id ") {
		t.Errorf("cancelled request: %v", err)
	}
	pong, err := client.Ask[*pmpb.Pong](t.Context(), c, &pmpb.Ping{Timestamp: 2})
	if err != nil || pong.Timestamp != 2 {
		t.Errorf("next request: %v, %v", pong, err)
	}
	late := c.TakeEvents()
	if len(late) != 1 || late[0].GetPong().GetTimestamp() != 1 {
		t.Errorf("events: %v; want the late reply", late)
	}
}

func TestTheEndOfTheConnectionReachesEverybodyWhoWaits(t *testing.T) {
	// Each server has received one request when it ends the connection.
	tests := map[string]struct {
		end   func(p *peer)
		check func(error) bool
	}{
		"a close frame": {
			end: func(p *peer) { p.conn.Close(websocket.StatusPolicyViolation, "rate limit") },
			check: func(err error) bool {
				frame, ok := errors.AsType[*client.CloseError](err)
				return ok && *frame == client.CloseError{Code: 1008, Reason: "rate limit"} &&
					strings.HasSuffix(err.Error(), "server closed the connection: 1008 policy violation: rate limit")
			},
		},
		"a close frame without a code": {
			end: func(p *peer) { p.conn.Close(websocket.StatusNoStatusRcvd, "") },
			check: func(err error) bool {
				frame, ok := errors.AsType[*client.CloseError](err)
				return ok && frame.Code == 1005
			},
		},
		"a server that is gone": {
			end:   func(p *peer) { p.conn.CloseNow() },
			check: func(err error) bool { return errors.Is(err, client.ErrLost) },
		},
		"a text message": {
			end: func(p *peer) { p.sendBytes(websocket.MessageText, []byte(`{"warning":1}`)) },
			check: func(err error) bool {
				return errors.Is(err, client.ErrProtocol) && strings.Contains(err.Error(), `{\"warning\":1}`)
			},
		},
		"bytes that are no envelope": {
			end:   func(p *peer) { p.sendBytes(websocket.MessageBinary, []byte{0xff}) },
			check: func(err error) bool { return errors.Is(err, client.ErrProtocol) },
		},
		"more events than the limit": {
			end: func(p *peer) {
				for _, id := range []string{"1", "2", "3", "4"} {
					p.send(event(id))
				}
			},
			check: func(err error) bool { return errors.Is(err, client.ErrEventOverflow) },
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := dial(t, serve(t, func(p *peer) {
				p.receive()
				test.end(p)
			}), client.Options{EventLimit: 3})
			if err := c.Err(); err != nil {
				t.Errorf("ended at once: %v", err)
			}
			if _, err := c.Do(t.Context(), client.Envelope(&pmpb.Ping{})); !test.check(err) {
				t.Errorf("waiting request: %v", err)
			}
			<-c.Done()
			if !test.check(c.Err()) {
				t.Errorf("reason: %v", c.Err())
			}
			c.TakeEvents()
			if _, err := c.NextEvent(t.Context()); !test.check(err) {
				t.Errorf("next event: %v", err)
			}
			if _, err := c.Do(t.Context(), client.Envelope(&pmpb.Ping{})); !test.check(err) {
				t.Errorf("request afterwards: %v", err)
			}
			if err := c.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
}

func TestEventsOutliveTheConnection(t *testing.T) {
	c := dial(t, serve(t, func(p *peer) {
		p.send(event("last"))
		p.conn.Close(websocket.StatusGoingAway, "")
	}), client.Options{})
	<-c.Done()
	if e, err := c.NextEvent(t.Context()); err != nil || e.MessageId != "last" {
		t.Errorf("first: %v, %v", e, err)
	}
	_, err := c.NextEvent(t.Context())
	if frame, ok := errors.AsType[*client.CloseError](err); !ok || frame.Code != 1001 {
		t.Errorf("then: %v", err)
	}
}

func TestANegativeLimitKeepsNoEvents(t *testing.T) {
	c := dial(t, serve(t, func(p *peer) {
		request := p.receive()
		p.send(event("1"))
		p.reply(request, &pmpb.Pong{})
	}), client.Options{EventLimit: -1})
	if _, err := client.Ask[*pmpb.Pong](t.Context(), c, &pmpb.Ping{}); err != nil {
		t.Fatal(err)
	}
	if got := c.TakeEvents(); len(got) != 0 {
		t.Errorf("events: %v", got)
	}
}

func TestClosingFailsWhatWaitsAndWhatComesAfter(t *testing.T) {
	for name, end := range map[string]func(*client.Client){
		"close": func(c *client.Client) {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if err := c.Close(); err != nil {
				t.Errorf("again: %v", err)
			}
		},
		"abort": func(c *client.Client) { c.Abort() },
	} {
		t.Run(name, func(t *testing.T) {
			arrived := make(chan struct{})
			c := dial(t, serve(t, func(p *peer) {
				p.receive()
				close(arrived)
			}), client.Options{})
			waiting := make(chan error, 1)
			go func() { // ends with the connection
				_, err := c.Do(context.Background(), client.Envelope(&pmpb.Ping{}))
				waiting <- err
			}()
			<-arrived
			end(c)
			if err := <-waiting; !errors.Is(err, client.ErrClosed) {
				t.Errorf("waiting request: %v", err)
			}
			if _, err := c.Do(t.Context(), client.Envelope(&pmpb.Ping{})); !errors.Is(err, client.ErrClosed) {
				t.Errorf("request afterwards: %v", err)
			}
			if _, err := c.NextEvent(t.Context()); !errors.Is(err, client.ErrClosed) {
				t.Errorf("next event: %v", err)
			}
		})
	}
}

func TestAServerThatNeverReadsDoesNotHoldAnybody(t *testing.T) {
	stuck := make(chan struct{})
	c := dial(t, serve(t, func(p *peer) { <-stuck }), client.Options{})
	defer close(stuck)
	ctx, cancel := context.WithCancel(t.Context())
	big := &pmpb.CallRequest{Route: "r", Payload: make([]byte, 32<<20)}
	results := make(chan error)
	for range 2 {
		go func() { // ends with ctx: one waits for a reply, the other behind its unfinished write
			_, err := c.Do(ctx, client.Envelope(big))
			results <- err
		}()
	}
	cancel()
	for range 2 {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	c.Abort()
}

func TestLongMessagesArrive(t *testing.T) {
	payload := strings.Repeat("x", 3<<20)
	c := dial(t, serve(t, func(p *peer) {
		request := p.receive()
		p.reply(request, &pmpb.CallReply{Payload: request.GetCallRequest().GetPayload()})
	}), client.Options{})
	reply, err := client.Ask[*pmpb.CallReply](t.Context(), c, &pmpb.CallRequest{Route: "r", Payload: []byte(payload)})
	if err != nil || string(reply.Payload) != payload {
		t.Errorf("%d bytes, %v", len(reply.GetPayload()), err)
	}
}

func TestManyRequestsAtOnce(t *testing.T) {
	c := dial(t, serve(t, answerPings), client.Options{})
	var group sync.WaitGroup
	for worker := range int64(8) {
		group.Go(func() {
			for i := range int64(200) {
				pong, err := client.Ask[*pmpb.Pong](t.Context(), c, &pmpb.Ping{Timestamp: worker<<32 | i})
				if err != nil || pong.Timestamp != worker<<32|i {
					t.Errorf("%d/%d: %v, %v", worker, i, pong, err)
					return
				}
			}
		})
	}
	group.Wait()
}

func TestTextThatIsNotUTF8IsRefusedBeforeItIsSent(t *testing.T) {
	c := dial(t, serve(t, answerPings), client.Options{})
	_, err := c.Do(t.Context(), &pmpb.WebSocketMessage{MessageId: "\xff"})
	if err == nil || !strings.HasPrefix(err.Error(), "encode envelope without payload: ") {
		t.Error(err)
	}
	if _, err := client.Ask[*pmpb.Pong](t.Context(), c, &pmpb.Ping{}); err != nil {
		t.Errorf("connection afterwards: %v", err)
	}
}
