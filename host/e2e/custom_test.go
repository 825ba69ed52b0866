package e2e

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// boardAndStandup are the board and a handler that an operator has added, with routes of its own.
var boardAndStandup = []string{"./guests/handlers/board", "./guests/examples/go"}

// standup is a call of a route of that handler.
func standup(id, route, payload string) *pmpb.WebSocketMessage {
	return identified(id, &pmpb.CallRequest{Route: "standup/" + route, Payload: []byte(payload)})
}

func TestAHandlerOfOnesOwnIsCalledByName(t *testing.T) {
	a := start(t, boardAndStandup, nil)
	watcher, speaker := a.dial(t, bob), a.dial(t, ann)
	call := func(c *client.Client, request *pmpb.WebSocketMessage, want proto.Message) {
		t.Helper()
		reply, err := c.Do(soon(t), request)
		if err != nil {
			t.Fatal(err)
		}
		if wanted := client.Envelope(want); reply.MessageId != request.MessageId || !proto.Equal(payloadOf(reply), payloadOf(wanted)) {
			t.Errorf("%v was answered with %v, want %v", request, reply, want)
		}
	}
	call(watcher, standup("watch", "watch", ""), &pmpb.CallReply{Route: "standup/watch"})
	added := &pmpb.CallReply{Route: "standup/add", Payload: []byte("all is well\n")}
	call(speaker, standup("1", "add", "all is well"), added)
	call(speaker, standup("1", "add", "all is well"), added) // replayed: the note is there once
	event, err := watcher.NextEvent(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	told := &pmpb.CallEvent{Route: "standup/add", Scope: "topic:standup", Payload: []byte("all is well")}
	if !proto.Equal(event.GetCallEvent(), told) || event.GetSequence() == 0 || event.MessageId == "" {
		t.Errorf("the event is %v, want %v", event, told)
	}
	call(speaker, standup("2", "add", "and late"), &pmpb.CallReply{Route: "standup/add", Payload: []byte("and late\nall is well\n")})
	call(speaker, standup("1", "add", "another"), &pmpb.Error{Code: "INVALID_MESSAGE", Message: "message_id was used before, for another request"})
	call(speaker, standup("3", "add", ""), &pmpb.Error{Code: "VALIDATION_ERROR", Message: "A note has 1 to 280 bytes", Field: proto.String("note")})
	call(speaker, standup("4", "burn", ""), &pmpb.Error{Code: "NOT_FOUND", Message: "The route was not found"})
	newProject(t, speaker) // the board is beside it
}

// payloadOf returns an envelope with nothing but its payload.
func payloadOf(m *pmpb.WebSocketMessage) *pmpb.WebSocketMessage {
	return &pmpb.WebSocketMessage{Payload: m.Payload}
}
