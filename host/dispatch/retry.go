package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"workcell/host/fault"
	"workcell/host/telemetry"
	"workcell/storage"
)

// tryAgain tries m again, which has failed with f and stored nothing, for as long as its time and its attempts last. It
// waits without a place and without a turn. The breaker hears of what comes out in the end.
func (m *message) tryAgain(f *fault.Fault) *fault.Fault {
	if !passing(f) {
		return f
	}
	ctx, cancel := context.WithDeadline(m.patience.ctx, m.patience.until)
	defer cancel()
	again := func() error {
		m.told.Retries++
		m.call.Reset()
		if f := m.try(); f != nil {
			return f
		}
		return nil
	}
	waiting := func(attempt int, wait time.Duration, err error) {
		m.record(slog.LevelDebug, telemetry.EventRetry, slog.Int(telemetry.Attempts, attempt),
			telemetry.Milliseconds(telemetry.WaitMS, wait), slog.Any(telemetry.Error, err))
	}
	return classify(m.dispatch.config.Retry.Again(ctx, f, again, passing, waiting))
}

// passing reports whether err is a failure of the storage that may be gone at the next attempt.
func passing(err error) bool {
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok || errors.Is(err, storage.ErrReadOnly) {
		return false
	}
	return f.Kind == fault.Storage || f.Kind == fault.Corrupt || f.Kind == fault.Unavailable
}
