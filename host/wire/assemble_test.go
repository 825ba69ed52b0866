package wire

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// outcome feeds b to an assembler in pieces of step bytes and writes down what came of it.
func outcome(t testing.TB, b []byte, step, limit int) string {
	var log strings.Builder
	a := assembler{maxBytes: limit}
	defer a.release()
	for fed := 0; fed < len(b); fed += step {
		piece := bytes.Clone(b[fed:min(fed+step, len(b))])
		for len(piece) > 0 {
			rest, ev, bad := a.next(piece)
			if bad != nil {
				fmt.Fprintf(&log, "violation %d", bad.code)
				return log.String()
			}
			if len(rest) == len(piece) {
				t.Fatal("nothing was consumed")
			}
			piece = rest
			if ev.kind == nothing {
				continue
			}
			fmt.Fprintf(&log, "%d %q, ", ev.kind, ev.payload)
			if len(ev.payload) > limit {
				t.Fatalf("message of %d bytes", len(ev.payload))
			}
			if ev.kind == binaryMessage || ev.kind == textMessage {
				a.release()
			}
			if ev.kind == closing {
				return log.String()
			}
		}
		if cap(a.message) > 1024+4*(fed+step) {
			t.Fatalf("%d bytes taken for %d that came", cap(a.message), fed+step)
		}
	}
	return log.String()
}

// However the bytes of valid frames are cut, the same messages and control frames come out.
func TestAssemblerReturnsWhatWasSent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var wire []byte
		var want strings.Builder
		for range rapid.IntRange(1, 6).Draw(rt, "messages") {
			text := rapid.Bool().Draw(rt, "text")
			op := byte(opBinary)
			message := rapid.OneOf(
				rapid.StringN(0, 40, -1),
				rapid.Map(rapid.IntRange(100, 70_000), func(n int) string { return strings.Repeat("ä", n) }),
			).Draw(rt, "message")
			if text {
				op = opText
			}
			parts := rapid.IntRange(1, 4).Draw(rt, "parts")
			left := message
			for i := range parts {
				part := left
				if i < parts-1 {
					part = left[:rapid.IntRange(0, len(left)).Draw(rt, "cut")]
				}
				left = left[len(part):]
				b0 := op
				if i > 0 {
					b0 = opCont
				}
				if i == parts-1 {
					b0 |= 0x80
				}
				wire = append(wire, rawFrame(b0, part)...)
				if i < parts-1 && rapid.Bool().Draw(rt, "ping between") {
					wire = append(wire, rawFrame(0x80|opPing, "between")...)
					fmt.Fprintf(&want, "%d %q, ", ping, "between")
				}
			}
			if text {
				fmt.Fprintf(&want, "%d %q, ", textMessage, "")
			} else {
				fmt.Fprintf(&want, "%d %q, ", binaryMessage, message)
			}
		}
		step := rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(20, len(wire)+20)).Draw(rt, "step")
		if got := outcome(t, wire, step, 1<<20); got != want.String() {
			rt.Fatalf("got %.200s\nwant %.200s", got, want.String())
		}
	})
}

func TestAssemblerLimits(t *testing.T) {
	const limit = 1000
	at := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct {
		name string
		in   []byte
		want string
	}{
		{"a message of exactly the limit", rawFrame(0x82, at(limit)), fmt.Sprintf("%d %q, ", binaryMessage, at(limit))},
		{"one byte more is refused by its header", rawHeader(0x82, true, limit+1), "violation 1009"},
		{
			"fragments of exactly the limit", join(rawFrame(0x02, at(limit-1)), rawFrame(0x80, "x")),
			fmt.Sprintf("%d %q, ", binaryMessage, at(limit)),
		},
		{"fragments of one byte more", join(rawFrame(0x02, at(limit-1)), rawHeader(0x80, true, 2)), "violation 1009"},
		{"text fragments of one byte more", join(rawFrame(0x01, at(limit)), rawHeader(0x80, true, 1)), "violation 1009"},
		{"the largest length there is", rawHeader(0x82, true, 1<<63-1), "violation 1009"},
		{"a length that would overflow the sum", join(rawFrame(0x02, "x"), rawHeader(0x80, true, 1<<63-1)), "violation 1009"},
		{
			"the limit counts messages, not connections",
			join(rawFrame(0x81, at(limit)), rawFrame(0x01, at(limit)), rawFrame(0x80, "")),
			fmt.Sprintf("%d \"\", %d \"\", ", textMessage, textMessage),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, step := range []int{len(tt.in), 7, 1} {
				if got := outcome(t, tt.in, step, limit); got != tt.want {
					t.Errorf("in pieces of %d: got %.100s, want %.100s", step, got, tt.want)
				}
			}
		})
	}
}

func TestUTF8InPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(
			rapid.Map(rapid.String(), func(s string) []byte { return []byte(s) }),
			rapid.SliceOf(rapid.SampledFrom([]byte{0, 'a', 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xa0, 0xef, 0xf0, 0xf4, 0x90, 0xff})),
		).Draw(t, "text")
		var u utf8Check
		valid := true
		for rest := text; len(rest) > 0 && valid; {
			n := rapid.IntRange(0, len(rest)).Draw(t, "cut")
			valid = u.feed(rest[:n])
			rest = rest[n:]
		}
		if got := valid && u.whole(); got != utf8.Valid(text) {
			t.Fatalf("%q: got %v", text, got)
		}
	})
}

func TestBufferGrowth(t *testing.T) {
	var b []byte
	for len(b) < 3<<20 {
		b = append(grow(b, 1000, 3<<20+500), make([]byte, 1000)...)
		if most := max(4*len(b), 1<<10); cap(b) > most {
			t.Fatalf("%d bytes take %d", len(b), cap(b))
		}
	}
	if cap(b) > 3<<20+1000 {
		t.Errorf("capacity %d grew beyond the limit", cap(b))
	}
	releaseBuffer(b)
	releaseBuffer(nil)
}

func TestCloseFrameFits(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"short", "bye", "bye"},
		{"longest", strings.Repeat("x", 123), strings.Repeat("x", 123)},
		{"cut", strings.Repeat("x", 200), strings.Repeat("x", 123)},
		{"cut before a character that does not fit", strings.Repeat("x", 122) + "€", strings.Repeat("x", 122)},
		{"cut behind one that just fits", strings.Repeat("x", 120) + "€x", strings.Repeat("x", 120) + "€"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, payload, err := readFrame(closeFrame(CloseNormal, tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(payload); got != closeBody(1000, tt.want) {
				t.Errorf("got %q", got)
			}
		})
	}
}
