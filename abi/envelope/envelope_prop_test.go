package envelope_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"pgregory.net/rapid"

	"workcell/abi/envelope"
	"workcell/host/client/pmpb"
)

// fields draws wire fields that envelopes are made of, good ones mostly.
func fields() *rapid.Generator[[]byte] {
	numbers := rapid.SampledFrom([]protowire.Number{1, 2, 3, 9, 10, 11, 20, 30, 43, 100, 500, 999, 1000, 1001, 1002, 1003, 1010, 1011, 70000})
	return rapid.Custom(func(t *rapid.T) []byte {
		number := numbers.Draw(t, "number")
		switch rapid.IntRange(0, 9).Draw(t, "form") {
		case 0:
			return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), rapid.Uint64().Draw(t, "varint"))
		case 1:
			return protowire.AppendFixed32(protowire.AppendTag(nil, number, protowire.Fixed32Type), rapid.Uint32().Draw(t, "fixed"))
		case 2:
			return protowire.AppendFixed64(protowire.AppendTag(nil, number, protowire.Fixed64Type), rapid.Uint64().Draw(t, "fixed"))
		case 3:
			body := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 1)
			return protowire.AppendGroup(protowire.AppendTag(nil, number, protowire.StartGroupType), number, body)
		case 4, 5:
			text := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "bytes")
			return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), text)
		case 6, 7:
			text := rapid.String().Draw(t, "text")
			return protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), text)
		case 8:
			return protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), rapid.Uint64().Draw(t, "timestamp"))
		default:
			return rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "anything")
		}
	})
}

func messages() *rapid.Generator[[]byte] {
	return rapid.Custom(func(t *rapid.T) []byte {
		message := bytes.Join(rapid.SliceOfN(fields(), 0, 6).Draw(t, "fields"), nil)
		if len(message) > 0 && rapid.IntRange(0, 9).Draw(t, "cut") == 0 {
			message = message[:rapid.IntRange(0, len(message)-1).Draw(t, "length")]
		}
		return message
	})
}

// fatal is what testing.T and rapid.T have in common.
type fatal interface{ Fatalf(string, ...any) }

// compare asserts that Peek takes exactly the messages that the protobuf library takes, and reads the same in them.
func compare(t fatal, message []byte) {
	h, err := envelope.Peek(message)
	id, timestamp, number, payloads, ok := reference(message)
	if ok != (err == nil) {
		t.Fatalf("%x: Peek says %v; the reference takes it: %t", message, err, ok)
	}
	if err != nil {
		var pm pmpb.WebSocketMessage
		if proto.Unmarshal(message, &pm) == nil {
			t.Fatalf("%x: the generated code takes what Peek refuses: %v", message, err)
		}
		return
	}
	if string(h.MessageID) != id || h.Timestamp != timestamp || h.Number != number {
		t.Fatalf("%x: reads as %q %d %d, want %q %d %d", message, h.MessageID, h.Timestamp, h.Number, id, timestamp, number)
	}
	if number != 0 && !bytes.Equal(h.Payload, payloads[len(payloads)-1]) {
		t.Fatalf("%x: payload %x, want %x", message, h.Payload, payloads[len(payloads)-1])
	}
	compareGenerated(t, message, &h)
}

// compareGenerated compares with the code that clients use. It reads payloads, which Peek does not, so it may refuse more.
func compareGenerated(t fatal, message []byte, h *envelope.Header) {
	var pm pmpb.WebSocketMessage
	if proto.Unmarshal(message, &pm) != nil {
		return
	}
	if pm.MessageId != string(h.MessageID) || pm.Timestamp != h.Timestamp {
		t.Fatalf("%x: reads as %q %d, the generated code reads %q %d", message, h.MessageID, h.Timestamp, pm.MessageId, pm.Timestamp)
	}
	descriptor := pm.ProtoReflect().Descriptor()
	member := pm.ProtoReflect().WhichOneof(descriptor.Oneofs().ByName("payload"))
	if known := descriptor.Fields().ByNumber(protowire.Number(h.Number)); member != nil && known != nil && member != known {
		t.Fatalf("%x: payload %d, the generated code reads %s", message, h.Number, member.Name())
	}
}

// reference reads an envelope with the protobuf library: an empty message takes whatever is well formed.
func reference(message []byte) (id string, timestamp int64, number uint32, payloads [][]byte, ok bool) {
	if proto.Unmarshal(message, &emptypb.Empty{}) != nil {
		return "", 0, 0, nil, false
	}
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeField(message)
		_, _, tag := protowire.ConsumeTag(message)
		value := message[tag:n]
		message = message[n:]
		switch {
		case field == 1 && kind == protowire.BytesType:
			b, _ := protowire.ConsumeBytes(value)
			if !utf8.Valid(b) {
				return "", 0, 0, nil, false
			}
			id = string(b)
		case field == 2 && kind == protowire.VarintType:
			v, _ := protowire.ConsumeVarint(value)
			timestamp = int64(v)
		case field >= 10 && field <= 1002 && kind == protowire.BytesType:
			b, _ := protowire.ConsumeBytes(value)
			number, payloads = uint32(field), append(payloads, b)
		}
	}
	return id, timestamp, number, payloads, true
}

func TestPeekAgreesWithTheProtobufLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { compare(t, messages().Draw(t, "message")) })
}

func TestEnvelopesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id, timestamp := rapid.String().Draw(t, "id"), rapid.Int64().Draw(t, "timestamp")
		number := rapid.OneOf(rapid.Just(uint32(0)), rapid.Uint32Range(10, 1002)).Draw(t, "number")
		payload := rapid.SliceOf(rapid.Byte()).Draw(t, "payload")
		sequence := rapid.Uint64().Draw(t, "sequence")
		plain := envelope.Append([]byte("before"), []byte(id), timestamp, number, payload)
		event := envelope.AppendEvent([]byte("before"), []byte(id), timestamp, number, payload, sequence)
		for _, message := range [][]byte{plain, event} {
			if !bytes.HasPrefix(message, []byte("before")) || len(message)-6 > envelope.Size([]byte(id), payload) {
				t.Fatalf("%x is not behind what was there, or longer than Size says", message)
			}
			h, err := envelope.Peek(message[6:])
			if err != nil || string(h.MessageID) != id || h.Timestamp != timestamp || h.Number != number {
				t.Fatalf("came back as %+v, %v", h, err)
			}
			if number != 0 && !bytes.Equal(h.Payload, payload) {
				t.Fatalf("payload %x came back as %x", payload, h.Payload)
			}
		}
		var pm pmpb.WebSocketMessage
		if err := proto.Unmarshal(envelope.AppendEvent(nil, []byte(id), timestamp, 0, nil, sequence), &pm); err != nil ||
			pm.MessageId != id || pm.Timestamp != timestamp || uint64(pm.GetSequence()) != sequence || pm.Sequence == nil {
			t.Fatalf("the generated code reads %v, %v", &pm, err)
		}
	})
}

func TestErrorsAreThoseOfTheGeneratedCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id, timestamp := rapid.String().Draw(t, "id"), rapid.Int64().Draw(t, "timestamp")
		code, text, field := rapid.String().Draw(t, "code"), rapid.String().Draw(t, "text"), rapid.String().Draw(t, "field")
		want := &pmpb.Error{Code: code, Message: text}
		if field != "" {
			want.Field = &field
		}
		message, err := proto.MarshalOptions{Deterministic: true}.Marshal(&pmpb.WebSocketMessage{
			MessageId: id, Timestamp: timestamp, Payload: &pmpb.WebSocketMessage_Error{Error: want},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := envelope.AppendError(nil, []byte(id), timestamp, code, text, field); !bytes.Equal(got, message) {
			t.Fatalf("written as %x, want %x", got, message)
		}
	})
}

func TestPongsAreThoseOfTheGeneratedCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		timestamp := rapid.Int64().Draw(t, "timestamp")
		want, err := proto.Marshal(&pmpb.Pong{Timestamp: timestamp})
		if err != nil {
			t.Fatal(err)
		}
		got := envelope.AppendPong(nil, timestamp)
		if back, ok := envelope.PingTimestamp(got); !bytes.Equal(got, want) || !ok || back != timestamp {
			t.Fatalf("%d is written as %x, want %x, and comes back as %d, %t", timestamp, got, want, back, ok)
		}
	})
}

func TestFieldFindsWhatTheGeneratedCodeWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := &pmpb.CreateWorkItemRequest{
			ItemType: pmpb.WorkItemType(rapid.IntRange(1, 4).Draw(t, "type")), Title: rapid.String().Draw(t, "title"),
			ProjectId: rapid.StringN(1, -1, -1).Draw(t, "project"),
		}
		payload, err := proto.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if got := envelope.Field(payload, 5); string(got) != want.ProjectId {
			t.Fatalf("field 5 is %q, want %q", got, want.ProjectId)
		}
		if got := envelope.Field(payload, 2); string(got) != want.Title || (got == nil) != (want.Title == "") {
			t.Fatalf("field 2 is %q, want %q", got, want.Title)
		}
		if got := envelope.Field(payload, 77); got != nil {
			t.Fatalf("field 77 is %x", got)
		}
	})
}

// What Field makes of a payload that is well formed does not depend on what stands beside the field.
func TestFieldTakesTheLastOfItsNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := messages().Draw(t, "payload")
		number := rapid.SampledFrom([]uint32{1, 2, 10, 30, 1000}).Draw(t, "number")
		got := envelope.Field(payload, number)
		if proto.Unmarshal(payload, &emptypb.Empty{}) != nil {
			if got != nil {
				t.Fatalf("%x: %x in a malformed payload", payload, got)
			}
			return
		}
		behind := protowire.AppendString(protowire.AppendTag(payload, protowire.Number(number), protowire.BytesType), "last")
		if value := envelope.Field(behind, number); string(value) != "last" {
			t.Fatalf("%x: %x", behind, value)
		}
	})
}
