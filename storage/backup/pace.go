package backup

import (
	"context"
	"time"
)

// pace holds a copy back to a number of bytes per second. One goroutine at a time.
type pace struct {
	bytesPerSecond int64 // 0: no limit
	since          time.Time
	done           int64
}

// wait is told that n more bytes were moved, and returns when the next ones may be, or the context's cause.
func (p *pace) wait(ctx context.Context, n int) error {
	if p.bytesPerSecond <= 0 {
		return context.Cause(ctx)
	}
	now := time.Now()
	if p.since.IsZero() {
		p.since = now
	}
	p.done += int64(n)
	due := p.since.Add(time.Duration(float64(p.done) / float64(p.bytesPerSecond) * float64(time.Second)))
	if now.After(due) { // what was slow is not made up for later: the disk is busy
		p.since, p.done = now, 0
		return context.Cause(ctx)
	}
	timer := time.NewTimer(due.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
