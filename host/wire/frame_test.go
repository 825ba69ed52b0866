package wire

import (
	"bytes"
	"io"
	"testing"

	"github.com/gobwas/ws"
	"pgregory.net/rapid"
)

func TestParseHeader(t *testing.T) {
	mask := [4]byte{1, 2, 3, 4}
	tests := []struct {
		name string
		in   []byte
		want ws.Header
		size int
	}{
		{"nothing", nil, ws.Header{}, 0},
		{"one byte", []byte{0x82}, ws.Header{}, 0},
		{"shortest", []byte{0x82, 0x00}, ws.Header{Fin: true, OpCode: ws.OpBinary}, 2},
		{"masked", []byte{0x01, 0x85, 1, 2, 3, 4, 'x'}, ws.Header{OpCode: ws.OpText, Masked: true, Mask: mask, Length: 5}, 6},
		{"all reserved bits", []byte{0xf9, 0x01}, ws.Header{Fin: true, Rsv: 7, OpCode: ws.OpPing, Length: 1}, 2},
		{"longest in 7 bits", []byte{0x82, 125}, ws.Header{Fin: true, OpCode: ws.OpBinary, Length: 125}, 2},
		{"16 bits", []byte{0x82, 126, 0xff, 0xfe}, ws.Header{Fin: true, OpCode: ws.OpBinary, Length: 0xfffe}, 4},
		{"16 bits where 7 would do", []byte{0x82, 126, 0, 5}, ws.Header{Fin: true, OpCode: ws.OpBinary, Length: 5}, 4},
		{"64 bits", []byte{0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0}, ws.Header{Fin: true, OpCode: ws.OpBinary, Length: 1 << 32}, 10},
		{
			"64 bits, masked",
			[]byte{0x82, 255, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4},
			ws.Header{Fin: true, OpCode: ws.OpBinary, Masked: true, Mask: mask, Length: 1 << 16},
			14,
		},
		{
			"highest bit of the length",
			[]byte{0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0},
			ws.Header{Fin: true, OpCode: ws.OpBinary, Length: -1 << 63},
			10,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, size := parseHeader(tt.in)
			if size != tt.size || (size > 0 && got != tt.want) {
				t.Errorf("got %+v, %d; want %+v, %d", got, size, tt.want, tt.size)
			}
			for n := range size { // every shorter piece is incomplete
				if _, size := parseHeader(tt.in[:n]); size != 0 {
					t.Errorf("%d of %d bytes: size %d", n, tt.size, size)
				}
			}
		})
	}
}

func TestAppendHeader(t *testing.T) {
	tests := []struct {
		length int
		want   []byte
	}{
		{0, []byte{0x82, 0}},
		{125, []byte{0x82, 125}},
		{126, []byte{0x82, 126, 0, 126}},
		{0xffff, []byte{0x82, 126, 0xff, 0xff}},
		{0x10000, []byte{0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0}},
	}
	for _, tt := range tests {
		got := appendHeader([]byte("before"), ws.OpBinary, tt.length)
		if want := append([]byte("before"), tt.want...); !bytes.Equal(got, want) {
			t.Errorf("%d: got %x, want %x", tt.length, got, want)
		}
		if headerSize(tt.length) != len(tt.want) {
			t.Errorf("%d: size %d", tt.length, headerSize(tt.length))
		}
	}
}

func TestHeaderRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		op := ws.OpCode(rapid.IntRange(0, 15).Draw(t, "op"))
		length := rapid.OneOf(rapid.IntRange(0, 300), rapid.IntRange(65_000, 66_000), rapid.IntMin(0)).Draw(t, "length")
		b := appendHeader(nil, op, length)
		h, size := parseHeader(append(b, "payload"...))
		if want := (ws.Header{Fin: true, OpCode: op, Length: int64(length)}); h != want || size != len(b) {
			t.Fatalf("got %+v, %d; want %+v, %d", h, size, want, len(b))
		}
	})
}

func TestNewFrame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := rapid.OneOf(
			rapid.SliceOfN(rapid.Byte(), 0, 200),
			rapid.Map(rapid.IntRange(65_000, 66_000), func(n int) []byte { return bytes.Repeat([]byte{'z'}, n) }),
		).Draw(t, "payload")
		hint := rapid.IntRange(-5, 300).Draw(t, "hint")
		f := NewFrame(hint, func(dst []byte) []byte { return append(dst, payload...) })
		if !bytes.Equal(f.Payload(), payload) {
			t.Fatalf("payload of %d bytes came out with %d", len(payload), len(f.Payload()))
		}
		header, got, err := readFrame(f.wire)
		if err != nil || header != (ws.Header{Fin: true, OpCode: ws.OpBinary, Length: int64(len(payload))}) {
			t.Fatalf("another parser reads %+v, %v", header, err)
		}
		if !bytes.Equal(got, payload) {
			t.Fatal("another parser reads another payload")
		}
	})
}

// readFrame reads one whole frame with a parser that is not ours.
func readFrame(frame []byte) (ws.Header, []byte, error) {
	r := bytes.NewReader(frame)
	header, err := ws.ReadHeader(r)
	if err != nil {
		return header, nil, err
	}
	payload, err := io.ReadAll(r)
	if err == nil && int64(len(payload)) != header.Length {
		err = io.ErrUnexpectedEOF
	}
	return header, payload, err
}

func TestZeroFrame(t *testing.T) {
	var f Frame
	if f.Payload() != nil {
		t.Error("payload of nothing")
	}
	var q queue
	q.push(f.wire)
	if q.messages != 0 {
		t.Error("nothing was queued")
	}
}

func TestNewFrameRefusesAFillThatTakesBack(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	NewFrame(0, func(dst []byte) []byte { return nil })
}
