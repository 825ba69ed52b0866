package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"

	"workcell/host/client/pmpb"
)

// ExampleJSON is a request in the form that ParseJSON reads, for help texts.
const ExampleJSON = `{"create_project_request":{"title":"Garden","key":"GDN"}}`

// ParseJSON reads an envelope in protobuf's JSON form, with exactly one payload:
//
//	{"create_project_request":{"title":"Garden","key":"GDN"}}
//
// message_id and timestamp may stand beside the payload. Names are accepted in snake_case and in camelCase, enums by
// name or number. Every error says what to write instead: an example, or the nearest name the schema knows.
func ParseJSON(text []byte) (*pmpb.WebSocketMessage, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			err = errors.New("it is not an object")
		}
		return nil, fmt.Errorf("request is not the JSON of a request: %w; an example: %s", err, ExampleJSON)
	}
	message := &pmpb.WebSocketMessage{}
	envelope := message.ProtoReflect().Descriptor()
	var chosen []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		field := fieldNamed(envelope, name)
		if field == nil {
			return nil, unknownField(envelope, name, "")
		}
		if field.ContainingOneof() == payloads() {
			chosen = append(chosen, name)
		}
		if err := checkNames(field, members[name], string(field.Name())); err != nil {
			return nil, err
		}
	}
	switch len(chosen) {
	case 1:
	case 0:
		return nil, fmt.Errorf("request has no payload; an example: %s", ExampleJSON)
	default:
		return nil, fmt.Errorf("request has %d payloads, and must have one", len(chosen))
	}
	if err := protojson.Unmarshal(text, message); err != nil {
		return nil, fmt.Errorf("request: %s", plain(err))
	}
	if PayloadName(message) == "" {
		return nil, fmt.Errorf("request has null for %s; write {} for an empty one", chosen[0])
	}
	return message, nil
}

// plain returns an error text of the protobuf library without its prefix, which it varies on purpose.
func plain(err error) string {
	return strings.TrimLeft(strings.TrimPrefix(err.Error(), "proto:"), " \u00a0")
}

// fieldNamed returns the field of a message that has name in the schema or in JSON, or nil.
func fieldNamed(message protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if field := message.Fields().ByName(protoreflect.Name(name)); field != nil {
		return field
	}
	return message.Fields().ByJSONName(name)
}

// checkNames looks for names in value that the schema does not know, before the library does, whose error offers no
// alternative. Values of the wrong type are left to the library. path says where value stands.
func checkNames(field protoreflect.FieldDescriptor, value json.RawMessage, path string) error {
	if field.Message() == nil {
		return nil
	}
	if field.IsList() {
		var elements []json.RawMessage
		if json.Unmarshal(value, &elements) != nil {
			return nil
		}
		for i, element := range elements {
			if err := checkMembers(field.Message(), element, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
		return nil
	}
	return checkMembers(field.Message(), value, path)
}

func checkMembers(message protoreflect.MessageDescriptor, value json.RawMessage, path string) error {
	var members map[string]json.RawMessage
	if json.Unmarshal(value, &members) != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		field := fieldNamed(message, name)
		if field == nil {
			return unknownField(message, name, path)
		}
		if err := checkNames(field, members[name], path+"."+string(field.Name())); err != nil {
			return err
		}
	}
	return nil
}

// unknownField returns the error for a name that message does not have, with the one that was probably meant. path is
// empty in the envelope itself.
func unknownField(message protoreflect.MessageDescriptor, name, path string) error {
	fields := message.Fields()
	names := make([]string, 0, fields.Len())
	for i := range fields.Len() {
		names = append(names, string(fields.Get(i).Name()))
	}
	what, known := "field", names
	if path == "" {
		what, known = "payload", Requests()
	} else {
		name = path + "." + name
	}
	wanted := snake(name[strings.LastIndexByte(name, '.')+1:])
	if match, ok := nearest(wanted, names); ok {
		return fmt.Errorf("request has an unknown %s %q; did you mean %q?", what, name, match)
	}
	if path != "" && len(known) == 0 {
		return fmt.Errorf("request has an unknown field %q; %s has no fields", name, path)
	}
	return fmt.Errorf("request has an unknown %s %q; known are %s", what, name, strings.Join(known, ", "))
}

// Requests returns the names of the payloads that clients send, in the order of the schema.
func Requests() []string {
	var names []string
	fields := payloads().Fields()
	for i := range fields.Len() {
		switch name := string(fields.Get(i).Name()); {
		case strings.HasSuffix(name, "_request"), name == "ping", name == "subscribe", name == "unsubscribe":
			names = append(names, name)
		}
	}
	return names
}

// FormatJSON returns message in protobuf's JSON form with the names of the schema. Equal messages give equal bytes. The
// text has no line break at its end; it is one line if indent is empty, and else one line for each member.
func FormatJSON(message *pmpb.WebSocketMessage, indent string) ([]byte, error) {
	raw, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
	if err != nil {
		return nil, fmt.Errorf("format %s: %s", nameOf(message), plain(err))
	}
	// The library puts blanks in at random, so that nobody relies on its layout; ours is made here.
	var text bytes.Buffer
	if indent == "" {
		err = json.Compact(&text, raw)
	} else {
		err = json.Indent(&text, raw, "", indent)
	}
	return text.Bytes(), err
}
