//go:build !race && !invariants

package wire

import (
	"io"
	"testing"

	"github.com/gobwas/ws"
)

func TestParsingAHeaderDoesNotAllocate(t *testing.T) {
	b := rawHeader(0x82, true, 1<<20)
	wantAllocs(t, 0, func() { parseHeader(b) })
}

func TestBuildingAHeaderDoesNotAllocate(t *testing.T) {
	dst := make([]byte, 0, headerRoom)
	wantAllocs(t, 0, func() { appendHeader(dst, ws.OpBinary, 1<<20) })
}

func TestAWholeMessageDoesNotAllocate(t *testing.T) {
	in := join(rawFrame(0x82, "a message that arrived in one piece"), rawFrame(0x89, "ping"))
	a := assembler{maxBytes: 1 << 20}
	wantAllocs(t, 0, func() {
		for rest := in; len(rest) > 0; {
			rest, _, _ = a.next(rest)
			a.release()
		}
	})
}

func TestAFrameIsOneAllocation(t *testing.T) {
	payload := make([]byte, 500)
	fill := func(dst []byte) []byte { return append(dst, payload...) }
	wantAllocs(t, 1, func() { NewFrame(len(payload), fill) })
}

func TestQueueingDoesNotAllocateOnceItHasRoom(t *testing.T) {
	frame := controlFrame(ws.OpPing, nil)
	var q queue
	q.push(frame)
	q.push(frame)
	q.accepted(len(frame))
	wantAllocs(t, 0, func() {
		q.push(frame)
		q.accepted(len(frame))
	})
}

// From the socket to the session and back: the client counts, too.
func TestAMessageAndItsReplyDoNotAllocate(t *testing.T) {
	acceptor, _ := echoes()
	r := start(t, Config{SendQueue: 1000}, acceptor, nil)
	for _, bb := range []struct {
		name   string
		send   []byte
		answer int
	}{
		{"one message", rawFrame(0x82, "a message that arrived in one piece"), 2 + 35},
		{"a batch with a ping", join(rawFrame(0x82, "one"), rawFrame(0x89, "two"), rawFrame(0x82, "three")), 5 + 5 + 7},
		{"a large one", rawFrame(0x82, string(make([]byte, 60_000))), 4 + 60_000},
		{"fragments", join(rawFrame(0x02, "one"), rawFrame(0x80, "two")), 8},
	} {
		t.Run(bb.name, func(t *testing.T) {
			c := r.upgraded(t)
			answer := make([]byte, bb.answer)
			wantAllocs(t, 0, func() {
				c.nc.Write(bb.send)
				io.ReadFull(c.br, answer)
			})
		})
	}
}

func wantAllocs(t *testing.T, want float64, f func()) {
	t.Helper()
	if got := testing.AllocsPerRun(100, f); got != want {
		t.Errorf("%v allocations, want %v", got, want)
	}
}
