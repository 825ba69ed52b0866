//go:build !race && !invariants

package wire

import (
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

func wantAllocs(t *testing.T, want float64, f func()) {
	t.Helper()
	if got := testing.AllocsPerRun(100, f); got != want {
		t.Errorf("%v allocations, want %v", got, want)
	}
}
