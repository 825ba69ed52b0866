package wire

// queue holds the encoded frames that a client has not accepted yet. It is pure bookkeeping: the lock, the socket and
// the clock are Conn's.
type queue struct {
	frames [][]byte // frames[head:] are waiting
	head   int
	offset int // bytes of frames[head] that the socket accepted
	bytes  int // accepted bytes not counted
}

func (q *queue) len() int { return len(q.frames) - q.head }

// push retains frame. An empty one is nothing.
func (q *queue) push(frame []byte) {
	if len(frame) == 0 {
		return
	}
	if q.head > 0 && len(q.frames) == cap(q.frames) {
		n := copy(q.frames, q.frames[q.head:])
		clear(q.frames[n:])
		q.frames, q.head = q.frames[:n], 0
	}
	q.frames = append(q.frames, frame)
	q.bytes += len(frame)
}

// batch appends the next frames to dst, up to its capacity, the first without its accepted bytes. They stay queued.
func (q *queue) batch(dst [][]byte) [][]byte {
	for i := q.head; i < len(q.frames) && len(dst) < cap(dst); i++ {
		dst = append(dst, q.frames[i])
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
	for q.head < len(q.frames) && n >= len(q.frames[q.head]) {
		n -= len(q.frames[q.head])
		q.frames[q.head] = nil
		q.head++
	}
	q.offset = n
	if q.len() == 0 {
		q.drop()
	}
}

// begun returns what is missing of a frame whose first bytes were accepted, or nil at a frame border.
func (q *queue) begun() []byte {
	if q.offset == 0 {
		return nil
	}
	return q.frames[q.head][q.offset:]
}

// drop forgets everything. A small array is kept for the next frames.
func (q *queue) drop() {
	clear(q.frames)
	q.frames, q.head, q.offset, q.bytes = q.frames[:0], 0, 0, 0
	if cap(q.frames) > 64 {
		q.frames = nil
	}
}

// overHalf reports whether requests should wait: more than half of either bound is queued.
func (q *queue) overHalf(cfg *Config) bool {
	return q.len() > cfg.SendQueue/2 || q.bytes > cfg.SendBytes/2
}
