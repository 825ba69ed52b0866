package envelope_test

import (
	"testing"

	"workcell/abi/envelope"
)

func FuzzPeek(f *testing.F) {
	f.Add([]byte{})
	f.Add(envelope.AppendEvent(nil, []byte("id"), 1700000000, 30, []byte("\x0a\x01a"), 7))
	f.Add(envelope.AppendError(nil, []byte("id"), 1, "CONFLICT", "text", "field"))
	f.Add([]byte("\x0a\x01\xff"))
	f.Add([]byte("\x1b\x23\x24\x1c\x0a\x01a"))
	f.Fuzz(func(t *testing.T, message []byte) { compare(t, message) })
}

func FuzzField(f *testing.F) {
	f.Add([]byte("\x0a\x01a\x12\x01b\x0a\x01c"), uint32(1))
	f.Add([]byte("\x18\xac\x02"), uint32(3))
	f.Fuzz(func(_ *testing.T, payload []byte, field uint32) {
		_ = envelope.Field(payload, field)
		_, _ = envelope.PingTimestamp(payload)
	})
}
