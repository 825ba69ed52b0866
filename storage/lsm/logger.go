package lsm

import (
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// logger is what Pebble logs to. Safe for concurrent use.
//
// A full disk makes Pebble report the same background error many thousand times a second, so errors are let through at
// most once per errorInterval, with the number of those left out.
type logger struct {
	log   *slog.Logger
	fatal func(error) // does not return

	mu         sync.Mutex
	last       time.Time // of the last error logged; guarded by mu
	suppressed int       // since then; guarded by mu
}

const errorInterval = time.Second

func (l *logger) Infof(format string, args ...any) {
	l.log.Debug("pebble: " + fmt.Sprintf(format, args...))
}

func (l *logger) Errorf(format string, args ...any) {
	suppressed, ok := l.admit(time.Now())
	if !ok {
		return
	}
	l.log.Error("storage engine reports", "error", fmt.Sprintf(format, args...), "suppressed", suppressed)
}

// admit reports whether an error may be logged at now, and how many were left out before it.
func (l *logger) admit(now time.Time) (suppressed int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.last.IsZero() && now.Sub(l.last) < errorInterval {
		l.suppressed++
		return 0, false
	}
	suppressed, l.suppressed, l.last = l.suppressed, 0, now
	return suppressed, true
}

// Fatalf never returns: Pebble goes on as if nothing had happened if it does.
func (l *logger) Fatalf(format string, args ...any) {
	l.fatal(fmt.Errorf("pebble: "+format, args...))
}
