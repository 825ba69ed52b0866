package dispatch

import (
	"context"
	"hash/maphash"
	"sync"
	"time"
)

// lanes let calls that contend for the same thing take turns, so that they do not waste their work in conflicts. They
// decide nothing about correctness: two calls may run side by side in one lane, and then the commit decides.
//
// A call waits until the one before it has left the lane, or has been running for patience: a slow call blocks nobody for
// longer. While a call that lost a conflict is in the lane nobody starts beside it, so that it only competes with the few
// that run already, and soon with nobody: a busy lane makes progress.
type lanes struct {
	seed     maphash.Seed
	patience time.Duration
	lane     [laneCount]lane
}

const (
	laneCount = 4096
	// patience is how long a running call keeps its lane to itself.
	patience = 5 * time.Millisecond
)

type lane struct {
	mu      sync.Mutex
	last    *turn
	losers  int           // calls in the lane that lost a conflict
	settled chan struct{} // closed when losers is 0 again; nil while it is 0
}

// turn is a call's place in a lane. A nil turn is a call without a lane.
type turn struct {
	lane    *lane
	running chan struct{} // closed by run
	left    chan struct{} // closed by leave
	lost    bool
	once    sync.Once
}

func newLanes() *lanes { return &lanes{seed: maphash.MakeSeed(), patience: patience} }

// enter waits for the caller's turn in the lane of (field, key). The caller must call leave, also after an error.
func (l *lanes) enter(ctx context.Context, field uint32, key []byte) (*turn, error) {
	var h maphash.Hash
	h.SetSeed(l.seed)
	_ = h.WriteByte(byte(field))
	_, _ = h.Write(key)
	t := &turn{lane: &l.lane[h.Sum64()%laneCount], running: make(chan struct{}), left: make(chan struct{})}
	if before := t.lane.append(t); before != nil {
		if err := l.follow(ctx, before); err != nil {
			return t, err
		}
	}
	return t, t.lane.settle(ctx)
}

// append puts t at the end of the lane and returns the turn before it.
func (l *lane) append(t *turn) (before *turn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, l.last = l.last, t
	return before
}

// follow waits until before has left, or has been running for patience.
func (l *lanes) follow(ctx context.Context, before *turn) error {
	select {
	case <-before.left:
		return nil
	case <-before.running:
	case <-ctx.Done():
		return ctx.Err()
	}
	timer := time.NewTimer(l.patience)
	defer timer.Stop()
	select {
	case <-before.left:
		return nil
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settle waits until no call that lost a conflict is in the lane.
func (l *lane) settle(ctx context.Context) error {
	for {
		l.mu.Lock()
		settled := l.settled
		l.mu.Unlock()
		if settled == nil {
			return nil
		}
		select {
		case <-settled:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// run says that the call runs: from now on it tries the patience of the one behind it.
func (t *turn) run() {
	if t != nil {
		close(t.running)
	}
}

// lose says that the call lost a conflict and runs again: until it leaves, nobody starts beside it.
func (t *turn) lose() {
	if t == nil || t.lost {
		return
	}
	t.lost = true
	t.lane.mu.Lock()
	defer t.lane.mu.Unlock()
	if t.lane.losers++; t.lane.losers == 1 {
		t.lane.settled = make(chan struct{})
	}
}

// leave lets the next one go. It may be called again.
func (t *turn) leave() {
	if t != nil {
		t.once.Do(t.end)
	}
}

func (t *turn) end() {
	close(t.left)
	t.lane.mu.Lock()
	defer t.lane.mu.Unlock()
	if t.lane.last == t {
		t.lane.last = nil
	}
	if !t.lost {
		return
	}
	if t.lane.losers--; t.lane.losers == 0 {
		close(t.lane.settled)
		t.lane.settled = nil
	}
}
