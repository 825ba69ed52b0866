package dispatch

import (
	"hash/maphash"
	"sync"
	"time"
)

// lanes let calls that contend for the same thing take turns, so that they do not waste their work in conflicts. They
// decide nothing about correctness: two calls may run side by side in one lane, and then the commit decides.
//
// A call waits until the one before it has left the lane, or has been running for laneTime: a slow call blocks nobody for
// longer. While a call that lost a conflict is in the lane nobody starts beside it, so that it only competes with the few
// that run already, and soon with nobody: a busy lane makes progress.
type lanes struct {
	seed maphash.Seed
	lane [laneCount]lane
}

const (
	laneCount = 4096
	// laneTime is how long a running call keeps its lane to itself.
	laneTime = 5 * time.Millisecond
)

// lane is a queue of turns. Whatever may let the first one go wakes it, and it looks again. Nobody else is woken: to wake
// somebody costs as much as a small call.
type lane struct {
	mu          sync.Mutex
	first, last *turn       // those that wait, in order; guarded by mu, as are all below
	latest      *turn       // the one that was let in last, until it leaves
	losers      int         // calls in the lane that lost a conflict
	impatience  *time.Timer // wakes the first one when latest has run for laneTime; nil until it is needed
}

// turn is a call's place in a lane, used for one call after the other. The zero turn is a call without a lane. One
// goroutine at a time, but for what is guarded by lane.mu.
type turn struct {
	lane *lane
	wake chan struct{} // has room for one

	behind  *turn     // guarded by lane.mu, as are all below
	started time.Time // zero until the call runs
	lost    bool
}

func newLanes() *lanes { return &lanes{seed: maphash.MakeSeed()} }

// enter waits for t's turn in the lane of (field, key). After an error t has no place, else leave must be called.
func (l *lanes) enter(t *turn, p *patience, field uint32, key []byte) error {
	t.join(l.of(field, key))
	for !t.lane.admit(t) {
		if err := t.sleep(p); err != nil {
			t.abandon()
			return err
		}
	}
	return nil
}

// of returns the lane of (field, key).
func (l *lanes) of(field uint32, key []byte) *lane {
	var h maphash.Hash
	h.SetSeed(l.seed)
	_ = h.WriteByte(byte(field))
	_, _ = h.Write(key)
	return &l.lane[h.Sum64()%laneCount]
}

// join puts t at the end of a lane.
func (t *turn) join(l *lane) {
	if t.wake == nil {
		t.wake = make(chan struct{}, 1)
	}
	select {
	case <-t.wake: // for an earlier call
	default:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t.lane, t.behind, t.started, t.lost = l, nil, time.Time{}, false
	if l.last == nil {
		l.first = t
	} else {
		l.last.behind = t
	}
	l.last = t
}

// admit lets t in if it is the first and free to go.
func (l *lane) admit(t *turn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.first != t || l.losers > 0 {
		return false
	}
	if l.latest != nil {
		if l.latest.started.IsZero() {
			return false
		}
		if left := time.Until(l.latest.started.Add(laneTime)); left > 0 {
			l.lookAgain(left)
			return false
		}
	}
	l.remove(nil, t)
	l.latest = t
	return true
}

// lookAgain wakes the first one in a while. Call with mu held.
func (l *lane) lookAgain(in time.Duration) {
	if l.impatience != nil {
		l.impatience.Reset(in)
		return
	}
	l.impatience = time.AfterFunc(in, func() { // harmless whenever it comes
		l.mu.Lock()
		defer l.mu.Unlock()
		l.wakeFirst()
	})
}

// sleep waits until t is woken. It fails if t has no patience left.
func (t *turn) sleep(p *patience) error {
	defer p.alarm.stop()
	select {
	case <-t.wake:
		return nil
	case <-p.alarm.set(p.until):
		return p.spent()
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}

// abandon takes t out of the queue.
func (t *turn) abandon() {
	l := t.lane
	t.lane = nil
	l.mu.Lock()
	defer l.mu.Unlock()
	var before *turn
	for other := l.first; other != t; other = other.behind {
		before = other
	}
	l.remove(before, t)
	l.wakeFirst()
}

// remove takes t, which is behind before, out of the queue. Call with mu held.
func (l *lane) remove(before, t *turn) {
	if before == nil {
		l.first = t.behind
	} else {
		before.behind = t.behind
	}
	if l.last == t {
		l.last = before
	}
	t.behind = nil
}

// wakeFirst lets the first one look again. Call with mu held.
func (l *lane) wakeFirst() {
	if l.first == nil {
		return
	}
	select {
	case l.first.wake <- struct{}{}:
	default:
	}
}

// run says that the call runs: from now on it tries the patience of the one behind it.
func (t *turn) run() {
	if t.lane == nil {
		return
	}
	t.lane.mu.Lock()
	defer t.lane.mu.Unlock()
	t.started = time.Now()
	if t.lane.first != nil && t.lane.latest == t {
		t.lane.lookAgain(laneTime)
	}
}

// lose says that the call lost a conflict and runs again: until it leaves, nobody starts beside it.
func (t *turn) lose() {
	if t.lane == nil {
		return
	}
	t.lane.mu.Lock()
	defer t.lane.mu.Unlock()
	if !t.lost {
		t.lost = true
		t.lane.losers++
	}
}

// leave lets the next one go. It may be called again.
func (t *turn) leave() {
	l := t.lane
	if l == nil {
		return
	}
	t.lane = nil
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.latest == t {
		l.latest = nil
	}
	if t.lost {
		l.losers--
	}
	l.wakeFirst()
}
