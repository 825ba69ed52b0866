package dispatch

import (
	"context"
	"runtime"
)

// gate bounds how many calls run at once. A call passes it before its transaction begins: a snapshot that waits for a
// processor only gets older, and its commit more likely to lose. It leaves when its writes are applied, not when they are
// durable: a call that waits for the disk needs no processor. A second one bounds how many wait for the disk.
type gate chan struct{}

func newGate(running int) gate {
	if running <= 0 {
		running = runtime.GOMAXPROCS(0)
	}
	return make(gate, running)
}

// enter waits for a place.
func (g gate) enter(p *patience) error {
	select {
	case g <- struct{}{}:
		return nil
	default:
	}
	defer p.alarm.stop()
	select {
	case g <- struct{}{}:
		return nil
	case <-p.alarm.set(p.until):
		return context.DeadlineExceeded
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}

// leave gives the place back.
func (g gate) leave() { <-g }
