// Package envelope reads and writes the outer message of the wire protocol, one protobuf message per WebSocket message:
//
//	1     message_id  string   chosen by the sender; a reply repeats the request's
//	2     timestamp   int64    the sender's clock, Unix seconds
//	10... payload     message  one of many; the number says which
//	1010  sequence    int64    on events: the commit that caused it
//	1011  reload      bool     on the reply to a Subscribe that asked for events the feed no longer holds
//
// The payload's bytes are a handler's business and pass through unread. The package is the host's side of the protocol
// and the only one that knows protowire; schema and generated code for clients are in abi/pm.proto and host/client/pmpb.
package envelope

import (
	"errors"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// Numbers of the fields, and of the payloads that the host itself knows.
const (
	fieldMessageID protowire.Number = 1
	fieldTimestamp protowire.Number = 2
	fieldSequence  protowire.Number = 1010
	fieldReload    protowire.Number = 1011

	Ping        uint32 = 10
	Pong        uint32 = 11
	Error       uint32 = 100
	CallRequest uint32 = 1000
	CallReply   uint32 = 1001
	CallEvent   uint32 = 1002
)

// The payload of an envelope is a field in one of these ranges; other numbers are unknown fields.
const (
	firstPayload, lastPayload             = 10, 999
	firstCustomPayload, lastCustomPayload = 1000, 1002
)

// MaxMessageIDBytes is the longest message_id a client may choose.
const MaxMessageIDBytes = 255

// ErrMalformed is returned for bytes that are no envelope.
var ErrMalformed = errors.New("not a valid envelope")

// Header is an envelope that was read.
type Header struct {
	MessageID []byte // view, valid UTF-8
	Timestamp int64
	Number    uint32 // of the payload; 0: there is none
	Payload   []byte // view
}

// Peek reads an envelope without copying: the Header's slices are views into msg. It does not look into the payload. If
// several payloads are present the last one counts. It does not allocate. It returns ErrMalformed if msg is not valid
// protobuf or message_id is not valid UTF-8. Safe for concurrent use.
func Peek(msg []byte) (Header, error) {
	var h Header
	for len(msg) > 0 {
		number, kind, n := protowire.ConsumeTag(msg)
		if n < 0 || number > protowire.MaxValidNumber {
			return Header{}, ErrMalformed
		}
		msg = msg[n:]
		switch {
		case number == fieldMessageID && kind == protowire.BytesType:
			h.MessageID, n = protowire.ConsumeBytes(msg)
			if n >= 0 && !utf8.Valid(h.MessageID) {
				return Header{}, ErrMalformed
			}
		case number == fieldTimestamp && kind == protowire.VarintType:
			var v uint64
			v, n = protowire.ConsumeVarint(msg)
			h.Timestamp = int64(v)
		case isPayload(number) && kind == protowire.BytesType:
			h.Payload, n = protowire.ConsumeBytes(msg)
			h.Number = uint32(number)
		default:
			n = protowire.ConsumeFieldValue(number, kind, msg)
		}
		if n < 0 {
			return Header{}, ErrMalformed
		}
		msg = msg[n:]
	}
	return h, nil
}

func isPayload(n protowire.Number) bool {
	return n >= firstPayload && n <= lastPayload || n >= firstCustomPayload && n <= lastCustomPayload
}

// Append appends an envelope to dst. Number 0 leaves the payload out; a payload that is present may be empty.
func Append(dst, messageID []byte, timestamp int64, number uint32, payload []byte) []byte {
	dst = appendHeader(dst, messageID, timestamp)
	if number != 0 {
		dst = appendBytes(dst, protowire.Number(number), payload)
	}
	return dst
}

// AppendEvent appends the envelope of an event, which carries the sequence of its commit.
func AppendEvent(dst, messageID []byte, timestamp int64, number uint32, payload []byte, sequence uint64) []byte {
	dst = Append(dst, messageID, timestamp, number, payload)
	dst = protowire.AppendTag(dst, fieldSequence, protowire.VarintType)
	return protowire.AppendVarint(dst, sequence)
}

// Size is at least the length of what Append and AppendEvent append for such a message id and payload.
func Size(messageID, payload []byte) int { return len(messageID) + len(payload) + 48 }

// AppendError appends the envelope of an error. An empty field is left out.
func AppendError(dst, messageID []byte, timestamp int64, code, message, field string) []byte {
	const fieldCode, fieldMessage, fieldField protowire.Number = 1, 2, 3
	dst = appendHeader(dst, messageID, timestamp)
	size := sizeText(fieldCode, code) + sizeText(fieldMessage, message) + sizeText(fieldField, field)
	dst = protowire.AppendTag(dst, protowire.Number(Error), protowire.BytesType)
	dst = protowire.AppendVarint(dst, uint64(size))
	dst = appendText(dst, fieldCode, code)
	dst = appendText(dst, fieldMessage, message)
	return appendText(dst, fieldField, field)
}

func appendHeader(dst, messageID []byte, timestamp int64) []byte {
	if len(messageID) > 0 {
		dst = appendBytes(dst, fieldMessageID, messageID)
	}
	if timestamp != 0 {
		dst = protowire.AppendTag(dst, fieldTimestamp, protowire.VarintType)
		dst = protowire.AppendVarint(dst, uint64(timestamp))
	}
	return dst
}

func appendBytes(dst []byte, number protowire.Number, b []byte) []byte {
	dst = protowire.AppendTag(dst, number, protowire.BytesType)
	return protowire.AppendBytes(dst, b)
}

func appendText(dst []byte, number protowire.Number, s string) []byte {
	if s == "" {
		return dst
	}
	dst = protowire.AppendTag(dst, number, protowire.BytesType)
	return protowire.AppendString(dst, s)
}

func sizeText(number protowire.Number, s string) int {
	if s == "" {
		return 0
	}
	return protowire.SizeTag(number) + protowire.SizeBytes(len(s))
}

// PingTimestamp reads the value of a Ping, the only payload the host looks into. It reports false if p is malformed.
func PingTimestamp(p []byte) (timestamp int64, ok bool) {
	for len(p) > 0 {
		number, kind, n := protowire.ConsumeTag(p)
		if n < 0 || number > protowire.MaxValidNumber {
			return 0, false
		}
		p = p[n:]
		if number == 1 && kind == protowire.VarintType {
			var v uint64
			v, n = protowire.ConsumeVarint(p)
			timestamp = int64(v)
		} else {
			n = protowire.ConsumeFieldValue(number, kind, p)
		}
		if n < 0 {
			return 0, false
		}
		p = p[n:]
	}
	return timestamp, true
}

// AppendPong appends the payload of a Pong to dst.
func AppendPong(dst []byte, timestamp int64) []byte {
	if timestamp == 0 {
		return dst
	}
	dst = protowire.AppendTag(dst, 1, protowire.VarintType)
	return protowire.AppendVarint(dst, uint64(timestamp))
}

// Field returns the last value of a top-level field of a payload: the bytes of a string, message or bytes field, or the
// varint as it stands. It returns nil if the field is not there or the payload is malformed. It does not allocate.
func Field(payload []byte, field uint32) []byte {
	var value []byte
	for len(payload) > 0 {
		number, kind, n := protowire.ConsumeTag(payload)
		if n < 0 || number > protowire.MaxValidNumber {
			return nil
		}
		payload = payload[n:]
		if n = protowire.ConsumeFieldValue(number, kind, payload); n < 0 {
			return nil
		}
		if uint32(number) == field {
			value = payload[:n]
			if kind == protowire.BytesType {
				value, _ = protowire.ConsumeBytes(payload)
			}
		}
		payload = payload[n:]
	}
	return value
}
