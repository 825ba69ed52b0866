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
	mu       sync.Mutex
	taken    uint64   // requests that have a place; guarded by mu, as are all below
	answered uint64   // requests whose answers have left: all up to this one
	backlog  *backlog // nil while no answer has to wait
	waiting  bool     // place is waiting for room
	room     chan struct{}
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

var backlogs = sync.Pool{New: func() any { return new(backlog) }}

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
	if r.taken-r.answered == MaxPendingReplies {
		if r.room == nil {
			r.room = make(chan struct{}, 1)
		}
		r.waiting = true
		return 0, r.room
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
	if request != r.answered+1 {
		if r.backlog == nil {
			r.backlog = backlogs.Get().(*backlog)
		}
		slot := request % MaxPendingReplies
		r.backlog.answers[slot], r.backlog.ready[slot] = append(r.backlog.answers[slot][:0], answer...), true
		return
	}
	r.send(conn, answer)
	r.catchUp(conn)
	if r.waiting {
		r.waiting = false
		r.room <- struct{}{}
	}
}

// catchUp sends the answers whose turn has come. Call with mu held.
func (r *replies) catchUp(conn sender) {
	if r.backlog == nil {
		return
	}
	for slot := (r.answered + 1) % MaxPendingReplies; r.backlog.ready[slot]; slot = (r.answered + 1) % MaxPendingReplies {
		r.send(conn, r.backlog.answers[slot])
		r.backlog.ready[slot] = false
		if cap(r.backlog.answers[slot]) > maxKeptBytes {
			r.backlog.answers[slot] = nil
		}
	}
	if r.answered == r.taken {
		backlogs.Put(r.backlog)
		r.backlog = nil
	}
}

// sender is where answers leave.
type sender interface {
	send(answer []byte)
	close(code wire.CloseCode, reason string)
}

// send sends the next answer. Call with mu held.
func (r *replies) send(conn sender, answer []byte) {
	conn.send(answer)
	r.answered++
	r.bid(conn)
}

// closeAfter closes the connection when the requests that have a place are answered.
func (r *replies) closeAfter(conn sender, code wire.CloseCode, reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		r.last = &farewell{r.taken, code, reason}
		r.bid(conn)
	}
}

// bid says farewell if it is time. Call with mu held.
func (r *replies) bid(conn sender) {
	if r.last != nil && r.answered >= r.last.request {
		conn.close(r.last.code, r.last.reason)
	}
}
