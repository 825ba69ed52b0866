package envelope_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"workcell/abi/envelope"
)

func unhex(t testing.TB, digits string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Whole messages of the protocol's documentation: real clients send and expect exactly these bytes.
func TestSampleEncodings(t *testing.T) {
	const project = "2431313131313131312d313131312d343131312d383131312d313131313131313131313131"
	const item = "2432323232323232322d323232322d343232322d383232322d323232323232323232323232"
	tests := []struct {
		name, hex, id string
		timestamp     int64
		number        uint32
		payload       string
	}{
		{"Ping", "0a076d73672d3030311080e2cfaa06520308b960", "msg-001", 1700000000, envelope.Ping, "08b960"},
		{"Pong", "0a076d73672d3030311081e2cfaa065a0308b960", "msg-001", 1700000001, envelope.Pong, "08b960"},
		{"Subscribe", "0a0273311080e2cfaa06a201260a" + project, "s1", 1700000000, 20, "0a" + project},
		{"acknowledgement", "0a0273311081e2cfaa06", "s1", 1700000001, 0, ""},
		{
			"Error with a field", "0a026d341081e2cfaa06a2061f0a1056414c49444154494f4e5f4552524f5212036261641a06737461747573", "m4",
			1700000001, envelope.Error, "0a1056414c49444154494f4e5f4552524f5212036261641a06737461747573",
		},
		{
			"Error without a field", "0a026d341081e2cfaa06a2060d0a08434f4e464c494354120178", "m4",
			1700000001, envelope.Error, "0a08434f4e464c494354120178",
		},
		{"CreateWorkItemRequest", "0a0263311080e2cfaa06f2012b08041201542a" + project, "c1", 1700000000, 30, "08041201542a" + project},
		{"UpdateWorkItemRequest", "0a027531fa012c0a" + item + "10035a006001", "u1", 0, 31, "0a" + item + "10035a006001"},
		{"RunningTimerResponse", "0a01721001f20700", "r", 1, 126, ""},
		{"WorkItemsList", "0a01671005da02021005", "g", 5, 43, "1005"},
		{"ListProjectsRequest", "0a01701005ea0500", "p", 5, 93, ""},
		{"GetLlmContextRequest", "0a016c1005fa08021800", "l", 5, 143, "1800"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			message, payload := unhex(t, test.hex), unhex(t, test.payload)
			h, err := envelope.Peek(message)
			if err != nil || string(h.MessageID) != test.id || h.Timestamp != test.timestamp ||
				h.Number != test.number || !bytes.Equal(h.Payload, payload) {
				t.Errorf("reads as %q %d %d %x, %v", h.MessageID, h.Timestamp, h.Number, h.Payload, err)
			}
			if got := envelope.Append(nil, []byte(test.id), test.timestamp, test.number, payload); !bytes.Equal(got, message) {
				t.Errorf("is written as %x", got)
			}
		})
	}
	if got := envelope.AppendError(nil, []byte("m4"), 1700000001, "VALIDATION_ERROR", "bad", "status"); !bytes.Equal(got, unhex(t, tests[4].hex)) {
		t.Errorf("an error is written as %x", got)
	}
	if got := envelope.AppendError(nil, []byte("m4"), 1700000001, "CONFLICT", "x", ""); !bytes.Equal(got, unhex(t, tests[5].hex)) {
		t.Errorf("an error without a field is written as %x", got)
	}
	if timestamp, ok := envelope.PingTimestamp(unhex(t, "08b960")); !ok || timestamp != 12345 {
		t.Errorf("a Ping holds %d, %t", timestamp, ok)
	}
	if got := envelope.AppendPong(nil, 12345); !bytes.Equal(got, unhex(t, "08b960")) {
		t.Errorf("a Pong is written as %x", got)
	}
}

func TestPeek(t *testing.T) {
	tests := []struct {
		name, hex string
		want      envelope.Header
	}{
		{"an empty message", "", envelope.Header{}},
		{"the last payload counts", "5201aa f201 01bb", envelope.Header{Number: 30, Payload: []byte{0xbb}}},
		{"the last payload counts, in the other order", "f20101bb 5201aa", envelope.Header{Number: 10, Payload: []byte{0xaa}}},
		{"the last message_id counts", "0a0161 0a0162", envelope.Header{MessageID: []byte("b")}},
		{"the last timestamp counts", "1001 1002", envelope.Header{Timestamp: 2}},
		{"a timestamp before 1970", "10ffffffffffffffffff01", envelope.Header{Timestamp: -1}},
		{"an id that is not ASCII", "0a02c3bc", envelope.Header{MessageID: []byte("ü")}},
		{"an empty id", "0a00", envelope.Header{MessageID: []byte{}}},
		{"an empty payload is a payload", "5200", envelope.Header{Number: 10, Payload: []byte{}}},
		{"the payload stands first", "5201aa 0a0161 1005", envelope.Header{MessageID: []byte("a"), Timestamp: 5, Number: 10, Payload: []byte{0xaa}}},
		{"the first number of a payload", "5200", envelope.Header{Number: 10, Payload: []byte{}}},
		{"the last number of a payload", "ba3e00", envelope.Header{Number: 999, Payload: []byte{}}},
		{"a call of a custom route", "c23e00", envelope.Header{Number: 1000, Payload: []byte{}}},
		{"an event of a custom route", "d23e00", envelope.Header{Number: 1002, Payload: []byte{}}},
		{"a number before the payloads is unknown", "4a0161", envelope.Header{}},
		{"a number behind the payloads is unknown", "da3e0161", envelope.Header{}},
		{"the sequence of an event is no payload", "923f0161", envelope.Header{}},
		{"a payload's number with the type of a varint is unknown", "5005", envelope.Header{}},
		{"a payload's number with a fixed type is unknown", "5500000000 5100000000 00000000", envelope.Header{}},
		{"an id's number with the type of a varint is unknown", "0805", envelope.Header{}},
		{"a timestamp's number with the type of bytes is unknown", "120161", envelope.Header{}},
		{"unknown fields of all types are skipped", "1801 1d00000000 190000000000000000 220161", envelope.Header{}},
		{"a group is skipped", "1b 0a0161 1c", envelope.Header{}},
		{"a group in a group is skipped", "1b 23 24 1c 0a0161", envelope.Header{MessageID: []byte("a")}},
		{"a group with the number of a payload is unknown", "53 0a0161 54", envelope.Header{}},
		{"a field number of five bytes is unknown", "faffffff0f 00", envelope.Header{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := envelope.Peek(unhex(t, test.hex))
			if err != nil || !bytes.Equal(got.MessageID, test.want.MessageID) || got.Timestamp != test.want.Timestamp ||
				got.Number != test.want.Number || !bytes.Equal(got.Payload, test.want.Payload) {
				t.Errorf("reads as %+v, %v; want %+v", got, err, test.want)
			}
		})
	}
}

func TestPeekRefuses(t *testing.T) {
	tests := []struct{ name, hex string }{
		{"a tag that ends early", "80"},
		{"the field number 0", "0201aa"},
		{"a field number beyond 2^31", "8080808040 00"},
		{"a wire type that does not exist", "0e"},
		{"another one", "0f"},
		{"a length beyond the end", "0a02 61"},
		{"a length beyond 2^32", "0a ffffffffff01"},
		{"a length beyond 2^63", "52 ffffffffffffffffff01"},
		{"a varint of eleven bytes", "10 8080808080808080808001"},
		{"a varint beyond 64 bits", "10 ffffffffffffffffff02"},
		{"a timestamp that ends early", "1080"},
		{"a fixed value that ends early", "1d000000"},
		{"a message_id that is not UTF-8", "0a01ff"},
		{"a message_id that is not UTF-8, with a good one behind", "0a01ff 0a0161"},
		{"a message_id with half a character", "0a01c3"},
		{"a group that does not end", "1b"},
		{"a group that ends with another number", "1b24"},
		{"an end without a group", "1c"},
		{"a good field with a bad one behind", "0a0161 80"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if h, err := envelope.Peek(unhex(t, test.hex)); !errors.Is(err, envelope.ErrMalformed) {
				t.Errorf("reads as %+v, %v", h, err)
			}
		})
	}
}

func TestPeekReturnsViews(t *testing.T) {
	message := envelope.Append(nil, []byte("id"), 1, 30, []byte("payload"))
	h, err := envelope.Peek(message)
	if err != nil {
		t.Fatal(err)
	}
	for i := range message {
		message[i] = 'x'
	}
	if string(h.MessageID) != "xx" || string(h.Payload) != "xxxxxxx" {
		t.Errorf("id %q and payload %q are not views", h.MessageID, h.Payload)
	}
}

func TestSizeIsEnough(t *testing.T) {
	id, payload := bytes.Repeat([]byte{'i'}, envelope.MaxMessageIDBytes), make([]byte, 1<<20)
	for _, n := range []int{0, 1, 127, 128, 1 << 14, 1 << 20} {
		message := envelope.AppendEvent(nil, id, math.MinInt64, 1002, payload[:n], math.MaxUint64)
		if size := envelope.Size(id, payload[:n]); size < len(message) {
			t.Errorf("%d bytes of payload: size %d for %d bytes", n, size, len(message))
		}
	}
}

func TestPings(t *testing.T) {
	for _, test := range []struct {
		hex  string
		want int64
		ok   bool
	}{
		{"", 0, true},
		{"0805", 5, true},
		{"0805 0806", 6, true},
		{"08ffffffffffffffffff01", -1, true},
		{"0a0161", 0, true}, // another type: unknown
		{"100512013108 07", 7, true},
		{"08", 0, false},
		{"0805 80", 0, false},
		{"0805 0a02", 0, false},
	} {
		if got, ok := envelope.PingTimestamp(unhex(t, test.hex)); ok != test.ok || ok && got != test.want {
			t.Errorf("%s: %d, %t; want %d, %t", test.hex, got, ok, test.want, test.ok)
		}
	}
	if got := envelope.AppendPong([]byte("x"), 0); string(got) != "x" {
		t.Errorf("a Pong of 0 is written as %x, want nothing", got)
	}
}

func TestField(t *testing.T) {
	for _, test := range []struct {
		name, hex string
		field     uint32
		want      string
		absent    bool
	}{
		{"a text", "0a0161 120162", 2, "62", false},
		{"the last of several", "120162 120163", 2, "63", false},
		{"an empty text is there", "1200", 2, "", false},
		{"a number, as it stands", "18ac02", 3, "ac02", false},
		{"a fixed value, as it stands", "1d01020304", 3, "01020304", false},
		{"a field that is not there", "0a0161", 2, "", true},
		{"the payload is empty", "", 1, "", true},
		{"the payload is malformed before it", "80", 1, "", true},
		{"the payload is malformed behind it", "0a0161 80", 1, "", true},
		{"a length beyond the end", "0a05", 1, "", true},
		{"no field has the number 0", "0a0161", 0, "", true},
		{"inside another field", "0a03120162", 2, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := envelope.Field(unhex(t, test.hex), test.field)
			if (got == nil) != test.absent || !bytes.Equal(got, unhex(t, test.want)) {
				t.Errorf("%#v, want %s", got, test.want)
			}
		})
	}
}

func TestNumbersOfPayloadsThatPassThrough(t *testing.T) {
	for number := protowire.Number(1); number < 1100; number++ {
		message := protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), []byte("p"))
		want := uint32(number)
		if number < 10 || number > 1002 {
			want = 0
		}
		if h, err := envelope.Peek(message); err != nil || h.Number != want {
			t.Errorf("field %d: payload %d, %v", number, h.Number, err)
		}
	}
}
