package dispatch

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

// lanes let calls that contend for the same thing take turns, so that they do not waste their work in conflicts. They
// decide nothing about correctness: two calls may run side by side in one lane, and then the commit decides.
//
// A call waits until the one before it has left the lane, or has been in it for patience: a slow call blocks nobody for
// longer. A call that lost a conflict is kept ahead of the others: it holds the lane until it leaves.
type lanes struct {
	seed     maphash.Seed
	patience time.Duration
	lane     [laneCount]struct {
		mu   sync.Mutex
		last *turn
	}
}

const (
	laneCount = 4096
	// patience is how long a call keeps its lane to itself.
	patience = 50 * time.Millisecond
)

// turn is a call's place in a lane. A nil turn is a call without a lane.
type turn struct {
	started chan struct{} // closed when the call may run
	left    chan struct{} // closed when it has left
	held    atomic.Bool
}

func newLanes() *lanes { return &lanes{seed: maphash.MakeSeed(), patience: patience} }

// enter waits for the caller's turn in the lane of (route's scope, key). The caller must call leave, also after an error.
func (l *lanes) enter(ctx context.Context, field uint32, key []byte) (*turn, error) {
	var h maphash.Hash
	h.SetSeed(l.seed)
	_ = h.WriteByte(byte(field))
	_, _ = h.Write(key)
	lane := &l.lane[h.Sum64()%laneCount]

	t := &turn{started: make(chan struct{}), left: make(chan struct{})}
	lane.mu.Lock()
	before := lane.last
	lane.last = t
	lane.mu.Unlock()

	err := l.await(ctx, before)
	close(t.started)
	return t, err
}

// await waits until before has left, or was patient enough.
func (l *lanes) await(ctx context.Context, before *turn) error {
	if before == nil {
		return nil
	}
	select {
	case <-before.left:
		return nil
	case <-before.started:
	case <-ctx.Done():
		return ctx.Err()
	}
	timer := time.NewTimer(l.patience)
	defer timer.Stop()
	expired := timer.C
	for {
		select {
		case <-before.left:
			return nil
		case <-expired:
			if !before.held.Load() {
				return nil
			}
			expired = nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// hold keeps the lane until leave: nobody else starts beside the caller any more.
func (t *turn) hold() {
	if t != nil {
		t.held.Store(true)
	}
}

// leave lets the next one go. It may be called again.
func (t *turn) leave() {
	if t == nil {
		return
	}
	select {
	case <-t.left:
	default:
		close(t.left)
	}
}
