//go:build !race

package envelope_test

import (
	"testing"

	"workcell/abi/envelope"
)

func TestPeekAlloc(t *testing.T) {
	payload := make([]byte, 900)
	for i := range payload {
		payload[i] = 0x0a // fields of 10 bytes
	}
	message := envelope.Append(nil, []byte("11111111-2222-4333-8444-555555555555"), 1700000000, 30, payload)
	message = append(message, "\x1b\x23\x24\x1c"...) // a group in a group
	for name, f := range map[string]func(){
		"Peek":           func() { _, _ = envelope.Peek(message) },
		"Peek malformed": func() { _, _ = envelope.Peek(message[:20]) },
		"Field":          func() { _ = envelope.Field(payload, 1) },
		"Field absent":   func() { _ = envelope.Field(payload, 2) },
		"ReadCall":       func() { _, _, _ = envelope.ReadCall(payload) },
		"PingTimestamp":  func() { _, _ = envelope.PingTimestamp([]byte{8, 5}) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations, want none", name, n)
		}
	}
}

func TestAppendAlloc(t *testing.T) {
	dst, id, payload := make([]byte, 0, 512), []byte("11111111-2222-4333-8444-555555555555"), make([]byte, 300)
	for name, f := range map[string]func(){
		"Append":      func() { _ = envelope.Append(dst, id, 1700000000, 30, payload) },
		"AppendEvent": func() { _ = envelope.AppendEvent(dst, id, 1700000000, 30, payload, 7) },
		"AppendError": func() { _ = envelope.AppendError(dst, id, 1700000000, "CONFLICT", "text", "field") },
		"AppendCall":  func() { _ = envelope.AppendCallEvent(dst, "notes/add", "topic:notes", payload) },
		"AppendPong":  func() { _ = envelope.AppendPong(dst, 5) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations, want none", name, n)
		}
	}
}
