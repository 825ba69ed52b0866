package client_test

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

func TestEveryPayloadHasAnEnvelope(t *testing.T) {
	fields := (&pmpb.WebSocketMessage{}).ProtoReflect().Descriptor().Oneofs().ByName("payload").Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		message := (&pmpb.WebSocketMessage{}).ProtoReflect()
		want := message.Mutable(field).Message()
		got := client.Envelope(want.Interface())
		if !proto.Equal(got, message.Interface()) {
			t.Errorf("%s: %v", field.Name(), got)
		}
		if name := client.PayloadName(got); name != string(field.Name()) {
			t.Errorf("%s is called %s", field.Name(), name)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a project is no payload, and got an envelope")
		}
	}()
	client.Envelope(&pmpb.Project{})
}

func TestAsAndResult(t *testing.T) {
	refusal := client.Envelope(&pmpb.Error{Code: "VALIDATION_ERROR", Message: "bad", Field: proto.String("status")})
	want := client.ReplyError{Code: "VALIDATION_ERROR", Message: "bad", Field: "status"}
	for name, err := range map[string]error{
		"result": client.Result(refusal),
		"as":     second(client.As[*pmpb.Pong](refusal)),
	} {
		got, ok := errors.AsType[*client.ReplyError](err)
		if !ok || *got != want || err.Error() != "VALIDATION_ERROR: bad (field status)" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := client.As[*pmpb.Error](refusal); err != nil || got.Code != "VALIDATION_ERROR" {
		t.Errorf("an Error that was asked for: %v, %v", got, err)
	}
	if err := client.Result(client.Envelope(&pmpb.Pong{})); err != nil {
		t.Errorf("result of a pong: %v", err)
	}
	for text, message := range map[string]*pmpb.WebSocketMessage{
		"project_list where *pmpb.Pong was expected":             client.Envelope(&pmpb.ProjectList{}),
		"envelope without payload where *pmpb.Pong was expected": {},
	} {
		if err := second(client.As[*pmpb.Pong](message)); err == nil || err.Error() != text {
			t.Errorf("%v, want %s", err, text)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestSubscribeWaitsForTheAcknowledgement(t *testing.T) {
	requests := make(chan *pmpb.WebSocketMessage, 4)
	c := dial(t, serve(t, func(p *peer) {
		for range 2 {
			request := p.receive()
			requests <- request
			p.send(&pmpb.WebSocketMessage{MessageId: request.GetMessageId()})
		}
		p.reply(p.receive(), &pmpb.Error{Code: "UNAUTHORIZED", Message: "no"})
		p.reply(p.receive(), &pmpb.Pong{})
	}), client.Options{})
	if err := c.Subscribe(t.Context(), "p1", "p2"); err != nil {
		t.Error(err)
	}
	if got := (<-requests).GetSubscribe(); !proto.Equal(got, &pmpb.Subscribe{ProjectIds: []string{"p1", "p2"}}) {
		t.Errorf("sent %v", got)
	}
	if err := c.Unsubscribe(t.Context(), "p2"); err != nil {
		t.Error(err)
	}
	if got := (<-requests).GetUnsubscribe(); !proto.Equal(got, &pmpb.Unsubscribe{ProjectIds: []string{"p2"}}) {
		t.Errorf("sent %v", got)
	}
	if refusal, ok := errors.AsType[*client.ReplyError](c.Subscribe(t.Context(), "p3")); !ok || refusal.Code != "UNAUTHORIZED" {
		t.Errorf("refusal: %v", refusal)
	}
	if err := c.Subscribe(t.Context(), "p4"); err == nil || err.Error() != "pong where an acknowledgement was expected" {
		t.Errorf("wrong reply: %v", err)
	}
}
