//go:build amd64 || arm64

package wire

import (
	"runtime"
	"sync"
)

// idleWorkers is how many workers wait for work; more than that end when they find none.
const idleWorkers = 32

// workers lets goroutines serve the connections in a queue: as many as have work, up to a limit. Safe for concurrent use.
type workers struct {
	serve func(*worker, *Conn)
	limit int

	mu     sync.Mutex
	wake   sync.Cond // with mu: there is work, or the end
	work   []*Conn   // work[head:] is waiting; guarded by mu, as are all below
	head   int
	count  int       // of goroutines
	idle   int       // of these
	spare  []*worker // that have ended, to begin again
	closed bool

	running sync.WaitGroup
}

// worker is the goroutine that serves a connection right now.
type worker struct {
	srv   *Server
	buf   []byte // to read into; nil while it has no work
	start func() // workers.run for it, made once: a go statement would make it each time
}

func newWorkers(s *Server, serve func(*worker, *Conn)) *workers {
	// Those whose session does not return are bounded by the gate. The others are for those who only want to write.
	w := &workers{serve: serve, limit: s.cfg.MaxHandling + 2*runtime.GOMAXPROCS(0)}
	w.wake.L = &w.mu
	return w
}

// push queues c, whose mu may be held.
func (w *workers) push(c *Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.head > 0 && len(w.work) == cap(w.work) {
		n := copy(w.work, w.work[w.head:])
		clear(w.work[n:])
		w.work, w.head = w.work[:n], 0
	}
	w.work = append(w.work, c)
	if len(w.work)-w.head == 1 { // or else somebody is on the way, who will call the next one
		w.rouse(c.srv)
	}
}

// rouse sees to it that somebody comes for the work. Call with mu held.
func (w *workers) rouse(s *Server) {
	switch {
	case w.idle > 0:
		w.wake.Signal()
	case w.count < w.limit && !w.closed:
		w.count++
		w.running.Add(1)
		go w.hire(s).start() // ends when there is no work, at the latest with close; wait waits for it
	}
}

// hire returns a worker without work. Call with mu held.
func (w *workers) hire(s *Server) *worker {
	if last := len(w.spare) - 1; last >= 0 {
		me := w.spare[last]
		w.spare = w.spare[:last]
		return me
	}
	me := &worker{srv: s}
	me.start = func() { w.run(me) }
	return me
}

func (w *workers) run(me *worker) {
	defer w.running.Done()
	for c := w.next(me); c != nil; c = w.next(me) {
		if me.buf == nil {
			me.buf = me.srv.buffer()
		}
		w.serve(me, c)
	}
}

// next returns the next connection to serve, or nil if the worker is to end.
func (w *workers) next(me *worker) *Conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.head == len(w.work) {
		w.work, w.head = w.work[:0], 0
		if cap(w.work) > 4096 {
			w.work = nil
		}
		if me.buf != nil {
			me.srv.release(me.buf)
			me.buf = nil
		}
		if w.closed || w.idle >= idleWorkers {
			w.count--
			w.spare = append(w.spare, me)
			return nil
		}
		w.idle++
		w.wake.Wait()
		w.idle--
	}
	c := w.work[w.head]
	w.work[w.head] = nil
	w.head++
	if w.head < len(w.work) {
		w.rouse(me.srv)
	}
	return c
}

// close ends the workers when they have nothing to do any more.
func (w *workers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.wake.Broadcast()
}
