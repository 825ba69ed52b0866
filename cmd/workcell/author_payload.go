package main

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"workcell/abi/envelope"
	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// messageName returns the name of a message of the protocol by its number, or "" for numbers that are none, and for those
// of custom routes, whose payloads are the handler's own bytes.
func messageName(number uint32) string {
	if number >= envelope.CallRequest {
		return ""
	}
	fields := (&pmpb.WebSocketMessage{}).ProtoReflect().Descriptor().Fields()
	if field := fields.ByNumber(protoreflect.FieldNumber(number)); field != nil && field.ContainingOneof() != nil {
		return string(field.Name())
	}
	return ""
}

// encodeRequest returns the payload of a request from what its author wrote: JSON for a message of the protocol, otherwise
// the bytes as they are.
func encodeRequest(route uint32, text []byte) ([]byte, error) {
	name := messageName(route)
	if name == "" {
		return text, nil
	}
	document, err := json.Marshal(map[string]json.RawMessage{name: text})
	if err != nil {
		return nil, fmt.Errorf("the request is not the JSON of a %s: %w", name, err)
	}
	message, err := client.ParseJSON(document)
	if err != nil {
		return nil, err
	}
	raw, err := proto.Marshal(message)
	if err != nil {
		return nil, err
	}
	h, err := envelope.Peek(raw)
	return h.Payload, err
}

// decodeReply returns the JSON of a reply that is a message of the protocol, and nothing for others.
func decodeReply(number uint32, payload []byte) (json.RawMessage, error) {
	if messageName(number) == "" {
		return nil, nil
	}
	message := &pmpb.WebSocketMessage{}
	if err := proto.Unmarshal(envelope.Append(nil, nil, 0, number, payload), message); err != nil {
		return nil, fmt.Errorf("the reply is no %s: %w", messageName(number), err)
	}
	return client.FormatJSON(message, "")
}
