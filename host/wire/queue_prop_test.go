package wire

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// The queue against a model: what was pushed, in one run of bytes, of which a prefix was accepted.
func TestQueueKeepsEveryByteInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q queue
		var waiting []byte // pushed and not accepted
		var sizes []int    // of the frames in it, the first without its accepted bytes
		started := false
		next := byte(0)
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				frame := make([]byte, rapid.IntRange(0, 9).Draw(t, "size"))
				for i := range frame {
					next++
					frame[i] = next
				}
				q.push(frame)
				if waiting = append(waiting, frame...); len(frame) > 0 {
					sizes = append(sizes, len(frame))
				}
			},
			"write": func(t *rapid.T) {
				room := rapid.IntRange(1, 5).Draw(t, "batch")
				batch := q.batch(make([][]byte, 0, room))
				offered := bytes.Join(batch, nil)
				if len(batch) != min(room, len(sizes)) || !bytes.HasPrefix(waiting, offered) {
					t.Fatalf("offered %v of %v", batch, waiting)
				}
				n := rapid.IntRange(0, len(offered)).Draw(t, "accepted")
				q.accepted(n)
				waiting = waiting[n:]
				for ; n > 0 && n >= sizes[0]; sizes = sizes[1:] {
					n -= sizes[0]
					started = false
				}
				if n > 0 {
					sizes[0] -= n
					started = true
				}
			},
			"": func(t *rapid.T) {
				if q.messages != len(sizes) || q.bytes != len(waiting) {
					t.Fatalf("%d frames, %d bytes; want %d, %d", q.messages, q.bytes, len(sizes), len(waiting))
				}
				begun := q.begun()
				if started != (begun != nil) || !bytes.HasPrefix(waiting, begun) || (started && len(begun) != sizes[0]) {
					t.Fatalf("begun %v, waiting %v", begun, waiting)
				}
			},
		})
	})
}
