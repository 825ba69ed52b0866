package wire

import (
	"io"
	"testing"

	"github.com/gobwas/ws"
)

func BenchmarkParseHeader(b *testing.B) {
	in := rawHeader(0x82, true, 300)
	b.ReportAllocs()
	for b.Loop() {
		parseHeader(in)
	}
}

// BenchmarkAssemble charges the copy that it needs for in-place unmasking to each message.
func BenchmarkAssemble(b *testing.B) {
	message := rawFrame(0x80|byte(ws.OpBinary), string(make([]byte, 900)))
	in := make([]byte, len(message))
	a := assembler{maxBytes: 1 << 20}
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		copy(in, message)
		a.next(in)
		a.release()
	}
}

// BenchmarkEcho is one call and its answer at a time, then 40 calls in one write.
func BenchmarkEcho(b *testing.B) {
	for _, bb := range []struct {
		name  string
		depth int
	}{{"one", 1}, {"pipelined", 40}} {
		b.Run(bb.name, func(b *testing.B) {
			acceptor, _ := echoes()
			r := start(b, Config{}, acceptor, nil)
			c := r.upgraded(b)
			var calls []byte
			for range bb.depth {
				calls = append(calls, rawFrame(0x82, string(make([]byte, 200)))...)
			}
			answers := make([]byte, bb.depth*(4+200))
			b.ReportAllocs()
			for b.Loop() {
				c.write(calls)
				if _, err := io.ReadFull(c.br, answers); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*bb.depth), "ns/call")
			c.nc.Close()
		})
	}
}
