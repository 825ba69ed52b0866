package wire

import "github.com/gobwas/ws"

// queue holds the encoded frames that a client has not accepted yet. It is pure bookkeeping: the lock, the socket and
// the clock are Conn's.
type queue struct {
	segments []segment // segments[head:] are waiting
	head     int
	offset   int // bytes of segments[head] that the socket accepted
	messages int // frames in segments that are not accepted to their ends
	bytes    int // accepted bytes not counted
}

// segment is a run of whole frames.
type segment struct {
	bytes  []byte
	frames int
	own    bool // a pooled buffer: copies are added to it, and it goes back when it is accepted
}

// ownBytes is the smallest buffer that copies are gathered in.
const ownBytes = 4 << 10

// push retains frame. An empty one is nothing.
func (q *queue) push(frame []byte) {
	if len(frame) > 0 {
		q.append(segment{bytes: frame, frames: 1})
		q.messages++
		q.bytes += len(frame)
	}
}

// add queues a copy of payload as one final frame. Copies that follow each other share a buffer.
func (q *queue) add(op ws.OpCode, payload []byte) {
	need := headerSize(len(payload)) + len(payload)
	var tail *segment
	if q.head < len(q.segments) {
		tail = &q.segments[len(q.segments)-1]
	}
	if tail == nil || !tail.own || cap(tail.bytes)-len(tail.bytes) < need {
		q.append(segment{bytes: newBuffer(max(need, ownBytes), need), own: true})
		tail = &q.segments[len(q.segments)-1]
	}
	tail.bytes = append(appendHeader(tail.bytes, op, len(payload)), payload...)
	tail.frames++
	q.messages++
	q.bytes += need
}

func (q *queue) append(s segment) {
	if q.head > 0 && len(q.segments) == cap(q.segments) {
		n := copy(q.segments, q.segments[q.head:])
		clear(q.segments[n:])
		q.segments, q.head = q.segments[:n], 0
	}
	q.segments = append(q.segments, s)
}

// batch appends the next segments to dst, up to its capacity, the first without its accepted bytes. They stay queued,
// and are views until they are accepted.
func (q *queue) batch(dst [][]byte) [][]byte {
	for i := q.head; i < len(q.segments) && len(dst) < cap(dst); i++ {
		dst = append(dst, q.segments[i].bytes)
	}
	if len(dst) > 0 {
		dst[0] = dst[0][q.offset:]
	}
	return dst
}

// accepted removes n bytes from the front.
func (q *queue) accepted(n int) {
	q.bytes -= n
	n += q.offset
	for q.head < len(q.segments) && n >= len(q.segments[q.head].bytes) {
		s := &q.segments[q.head]
		n -= len(s.bytes)
		q.messages -= s.frames
		if s.own {
			releaseBuffer(s.bytes)
		}
		*s = segment{}
		q.head++
	}
	q.offset = n
	if q.bytes == 0 {
		q.drop()
	}
}

// begun returns what is missing of a segment whose first bytes were accepted, or nil at the start of one.
func (q *queue) begun() []byte {
	if q.offset == 0 {
		return nil
	}
	return q.segments[q.head].bytes[q.offset:]
}

// drop forgets everything. A small array is kept for the next frames; buffers are not, as a write may still read them.
func (q *queue) drop() {
	clear(q.segments)
	*q = queue{segments: q.segments[:0]}
	if cap(q.segments) > 64 {
		q.segments = nil
	}
}

// overHalf reports whether requests should wait: more than half of either bound is queued.
func (q *queue) overHalf(cfg *Config) bool {
	return q.messages > cfg.SendQueue/2 || q.bytes > cfg.SendBytes/2
}
