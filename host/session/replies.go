package session

import (
	"sync"

	"workcell/host/wire"
)

// MaxPendingReplies is how many messages of one connection may be on their way to an answer at once. The next one waits.
const MaxPendingReplies = 32

// replies lets the answers of one connection leave in the order of its requests, in whatever order they come. The zero
// replies is ready. Safe for concurrent use; place is called by one goroutine at a time.
type replies struct {
	mu      sync.Mutex
	taken   uint64   // requests that have a place; guarded by mu, as are all below
	pending *pending // nil at rest: all are answered
}

// pending is what there is to know while requests are under way. Connections lend it to each other.
type pending struct {
	answered uint64        // requests whose answers have left: all up to this one
	backlog  *backlog      // nil while no answer has to wait
	waiting  bool          // place is waiting for room, or is about to take it
	room     chan struct{} // wakes it, now and then for nothing
	last     *farewell
}

// backlog holds copies of what came before its turn.
type backlog struct {
	answers [MaxPendingReplies][]byte // to request n at n % len, if it is ready; used again
	ready   [MaxPendingReplies]bool
}

// maxKeptBytes is the largest copy whose memory is used again.
const maxKeptBytes = 16 << 10

// farewell closes the connection when the answer to a request has left.
type farewell struct {
	request uint64
	code    wire.CloseCode
	reason  string
}

var (
	pendings = sync.Pool{New: func() any { return new(pending) }}
	backlogs = sync.Pool{New: func() any { return new(backlog) }}
)

// place returns the number of the next request, whose answer is to be given to leave. It waits while MaxPendingReplies
// answers are missing; that is for the disk, never for the client.
func (r *replies) place() (request uint64) {
	for {
		request, room := r.tryPlace()
		if room == nil {
			return request
		}
		<-room
	}
}

func (r *replies) tryPlace() (request uint64, room <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pending == nil {
		r.pending = pendings.Get().(*pending)
		r.pending.answered = r.taken
	}
	p := r.pending
	p.waiting = r.taken-p.answered == MaxPendingReplies
	if p.waiting {
		if p.room == nil {
			p.room = make(chan struct{}, 1)
		}
		return 0, p.room
	}
	r.taken++
	return r.taken, nil
}

// count returns the number of requests so far.
func (r *replies) count() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.taken
}

// leave sends the answer to a request on conn in its turn, and all that have waited for it. It borrows answer until
// return.
func (r *replies) leave(conn sender, request uint64, answer []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.pending
	if request != p.answered+1 {
		if p.backlog == nil {
			p.backlog = backlogs.Get().(*backlog)
		}
		slot := request % MaxPendingReplies
		p.backlog.answers[slot], p.backlog.ready[slot] = append(p.backlog.answers[slot][:0], answer...), true
		return
	}
	p.send(conn, answer)
	if p.backlog != nil {
		p.catchUp(conn)
	}
	switch {
	case p.waiting:
		select {
		case p.room <- struct{}{}:
		default: // it was called already
		}
	case p.answered == r.taken:
		r.rest()
	}
}

// rest gives back what is not needed at rest. Call with mu held.
func (r *replies) rest() {
	p := r.pending
	if p.backlog != nil {
		backlogs.Put(p.backlog)
	}
	*p = pending{}
	pendings.Put(p)
	r.pending = nil
}

// catchUp sends the answers whose turn has come. Call with mu held.
func (p *pending) catchUp(conn sender) {
	for slot := (p.answered + 1) % MaxPendingReplies; p.backlog.ready[slot]; slot = (p.answered + 1) % MaxPendingReplies {
		p.send(conn, p.backlog.answers[slot])
		p.backlog.ready[slot] = false
		if cap(p.backlog.answers[slot]) > maxKeptBytes {
			p.backlog.answers[slot] = nil
		}
	}
}

// sender is where answers leave.
type sender interface {
	send(answer []byte)
	close(code wire.CloseCode, reason string)
}

// send sends the next answer, and says farewell behind the last one. Call with mu held.
func (p *pending) send(conn sender, answer []byte) {
	conn.send(answer)
	p.answered++
	if p.last != nil && p.answered >= p.last.request {
		conn.close(p.last.code, p.last.reason)
	}
}

// closeAfter closes the connection when the requests that have a place are answered.
func (r *replies) closeAfter(conn sender, code wire.CloseCode, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.pending == nil:
		conn.close(code, reason)
	case r.pending.last == nil:
		r.pending.last = &farewell{r.taken, code, reason}
	}
}
