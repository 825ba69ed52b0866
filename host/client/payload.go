package client

import (
	"context"
	"fmt"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"workcell/host/client/pmpb"
)

// payloads describes the oneof of the envelope.
var payloads = sync.OnceValue(func() protoreflect.OneofDescriptor {
	return (&pmpb.WebSocketMessage{}).ProtoReflect().Descriptor().Oneofs().ByName("payload")
})

// members finds the member of the oneof that holds a message type; no two members hold the same one.
var members = sync.OnceValue(func() map[protoreflect.FullName]protoreflect.FieldDescriptor {
	fields := payloads().Fields()
	found := make(map[protoreflect.FullName]protoreflect.FieldDescriptor, fields.Len())
	for i := range fields.Len() {
		found[fields.Get(i).Message().FullName()] = fields.Get(i)
	}
	return found
})

// Envelope returns an envelope around payload, such as a *pmpb.CreateProjectRequest, which it retains. Message id and
// timestamp are left empty, for Do to fill. It panics if payload is no payload of an envelope.
func Envelope(payload proto.Message) *pmpb.WebSocketMessage {
	field, ok := members()[payload.ProtoReflect().Descriptor().FullName()]
	if !ok {
		panic(fmt.Sprintf("client: %T is no payload of an envelope", payload))
	}
	message := &pmpb.WebSocketMessage{}
	message.ProtoReflect().Set(field, protoreflect.ValueOfMessage(payload.ProtoReflect()))
	return message
}

// PayloadName returns the name of message's payload in the schema, such as work_item_created, or an empty text when it
// has none, as an acknowledgement.
func PayloadName(message *pmpb.WebSocketMessage) string {
	if field := message.ProtoReflect().WhichOneof(payloads()); field != nil {
		return string(field.Name())
	}
	return ""
}

// nameOf is PayloadName for error texts.
func nameOf(message *pmpb.WebSocketMessage) string {
	if name := PayloadName(message); name != "" {
		return name
	}
	return "envelope without payload"
}

// Result returns a reply of type Error as a *ReplyError, and nil for any other message.
func Result(reply *pmpb.WebSocketMessage) error {
	payload, ok := reply.GetPayload().(*pmpb.WebSocketMessage_Error)
	if !ok {
		return nil
	}
	return &ReplyError{
		Code:    payload.Error.GetCode(),
		Message: payload.Error.GetMessage(),
		Field:   payload.Error.GetField(),
	}
}

// As returns the payload of message, a reply or an event, as a T such as *pmpb.WorkItemCreated. A payload of type Error
// is a *ReplyError, unless T is *pmpb.Error; any other payload, or none, is an error that names both types.
func As[T proto.Message](message *pmpb.WebSocketMessage) (T, error) {
	var none T
	envelope := message.ProtoReflect()
	field := envelope.WhichOneof(payloads())
	if field != nil {
		if payload, ok := envelope.Get(field).Message().Interface().(T); ok {
			return payload, nil
		}
	}
	if err := Result(message); err != nil {
		return none, err
	}
	return none, fmt.Errorf("%s where %T was expected", nameOf(message), none)
}

// Ask sends request, such as a *pmpb.CreateWorkItemRequest, and returns its reply as a T, such as
// *pmpb.WorkItemCreated:
//
//	created, err := client.Ask[*pmpb.WorkItemCreated](ctx, c, &pmpb.CreateWorkItemRequest{...})
//
// A reply of type Error is a *ReplyError; a reply of any other type than T is an error too. Otherwise as Do.
func Ask[T proto.Message](ctx context.Context, c *Client, request proto.Message) (T, error) {
	reply, err := c.Do(ctx, Envelope(request))
	if err != nil {
		var none T
		return none, err
	}
	return As[T](reply)
}

// Subscribe asks for the events of projects and returns once the server has acknowledged: events of later commits will
// arrive. An Error is a *ReplyError. For sprints or for resuming after a sequence number use Acknowledge.
func (c *Client) Subscribe(ctx context.Context, projects ...string) error {
	_, err := c.Acknowledge(ctx, &pmpb.Subscribe{ProjectIds: projects})
	return err
}

// Unsubscribe is the opposite of Subscribe.
func (c *Client) Unsubscribe(ctx context.Context, projects ...string) error {
	_, err := c.Acknowledge(ctx, &pmpb.Unsubscribe{ProjectIds: projects})
	return err
}

// Acknowledge sends request, a *pmpb.Subscribe or *pmpb.Unsubscribe, and returns the acknowledgement, an envelope
// without payload. An Error is a *ReplyError, and any other payload is an error.
func (c *Client) Acknowledge(ctx context.Context, request proto.Message) (*pmpb.WebSocketMessage, error) {
	reply, err := c.Do(ctx, Envelope(request))
	if err != nil {
		return nil, err
	}
	if err := Result(reply); err != nil {
		return nil, err
	}
	if name := PayloadName(reply); name != "" {
		return nil, fmt.Errorf("%s where an acknowledgement was expected", name)
	}
	return reply, nil
}
