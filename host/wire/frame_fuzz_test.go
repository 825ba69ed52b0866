package wire

import (
	"bytes"
	"errors"
	"testing"

	"github.com/gobwas/ws"
)

// FuzzParseHeader compares parseHeader with the reader of gobwas/ws, which gets its bytes from a stream.
func FuzzParseHeader(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0x82})
	f.Add([]byte{0x82, 0x85, 1, 2, 3, 4, 5})
	f.Add([]byte{0x01, 0xfe, 0, 200, 1, 2, 3, 4})
	f.Add([]byte{0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4})
	f.Add([]byte{0x82, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, size := parseHeader(b)
		r := bytes.NewReader(b)
		want, err := ws.ReadHeader(r)
		switch {
		case errors.Is(err, ws.ErrHeaderLengthMSB):
			// It gives up before the mask, so our header may still be incomplete.
			if size > 0 && h.Length >= 0 {
				t.Fatalf("highest bit of the length was missed: %+v", h)
			}
		case err != nil:
			if size != 0 {
				t.Fatalf("got %+v, want %v", h, err)
			}
		case h != want || size != len(b)-r.Len():
			t.Fatalf("got %+v, %d; want %+v, %d", h, size, want, len(b)-r.Len())
		}
	})
}

// FuzzAssembler feeds arbitrary bytes at once and in pieces: the outcome must be the same, no message may be too long,
// and no memory may be taken for bytes that did not come.
func FuzzAssembler(f *testing.F) {
	f.Add(rawFrame(0x82, "hello"), uint8(3))
	f.Add(join(rawFrame(0x02, "a"), rawFrame(0x89, "p"), rawFrame(0x80, "b")), uint8(1))
	f.Add(join(rawFrame(0x01, "\xe2"), rawFrame(0x80, "\x82\xac"), rawFrame(0x88, "\x03\xe8")), uint8(2))
	f.Add(rawHeader(0x82, true, 1<<62), uint8(5))
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		const limit = 2048
		whole := outcome(t, b, len(b), limit)
		pieces := outcome(t, b, int(step)+1, limit)
		if whole != pieces {
			t.Fatalf("at once: %s\nin pieces of %d: %s", whole, int(step)+1, pieces)
		}
	})
}
