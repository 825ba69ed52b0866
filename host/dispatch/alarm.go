package dispatch

import (
	"context"
	"time"
)

// alarm is a timer that is used again and again. The zero alarm is ready. One goroutine at a time.
type alarm struct{ timer *time.Timer }

// set returns a channel that says when until has come.
func (a *alarm) set(until time.Time) <-chan time.Time {
	if a.timer == nil {
		a.timer = time.NewTimer(time.Until(until))
	} else {
		a.timer.Reset(time.Until(until))
	}
	return a.timer.C
}

func (a *alarm) stop() { a.timer.Stop() }

// patience is how long a message may wait, and what it waits with.
type patience struct {
	ctx   context.Context // of the caller
	until time.Time
	alarm alarm
}

// spent returns why there is nothing left to wait for, or nil.
func (p *patience) spent() error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	if !time.Now().Before(p.until) {
		return context.DeadlineExceeded
	}
	return nil
}
