package dispatch

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"workcell/abi/envelope"
	"workcell/host/fault"
	"workcell/host/telemetry"
)

// handler returns the name of the message's handler.
func (m *message) handler() string {
	switch {
	case m.route != nil:
		return m.route.Name
	case m.Number == envelope.Ping:
		return "Ping"
	}
	return "Unknown"
}

// logs reports whether lines of a level are written. Whoever has attributes asks before making them.
func (m *message) logs(level slog.Level) bool {
	return m.dispatch.log.Enabled(context.Background(), level)
}

// record writes one log line about m.
func (m *message) record(level slog.Level, event string, attrs ...slog.Attr) {
	if !m.logs(level) {
		return
	}
	who := m.caller.Identity()
	attrs = append([]slog.Attr{
		slog.String(telemetry.CorrelationID, string(m.correlation)),
		slog.Uint64(telemetry.RequestSeq, m.request),
		telemetry.ID(telemetry.UserID, who.User),
		telemetry.ID(telemetry.ConnectionID, who.Connection),
		slog.String(telemetry.Handler, m.handler()),
		telemetry.Milliseconds(telemetry.DurationMS, time.Since(m.told.Received)),
	}, attrs...)
	m.dispatch.log.LogAttrs(context.Background(), level, event, attrs...)
}

// handled logs that the call ended well.
func (m *message) handled() {
	if m.logs(slog.LevelInfo) {
		m.record(slog.LevelInfo, telemetry.EventHandled, slog.Uint64(telemetry.Fuel, m.told.Fuel))
	}
}

// refuse makes f the answer, and logs it.
func (m *message) refuse(f *fault.Fault) {
	m.fault = f
	m.failed(f)
}

// failed logs f.
func (m *message) failed(f *fault.Fault) {
	level := slog.LevelWarn
	if f.Kind == fault.Internal || f.Kind == fault.Deadline {
		level = slog.LevelError
	}
	run, _ := errors.AsType[*failure](f)
	if run != nil {
		m.told.Reason = string(run.outcome.Reason)
	}
	if !m.logs(level) {
		return
	}
	attrs := []slog.Attr{
		slog.String(telemetry.Code, f.WireCode()), slog.String(telemetry.Kind, f.Kind.String()), slog.Any(telemetry.Error, f),
		slog.Uint64(telemetry.Fuel, m.told.Fuel),
	}
	if run != nil && run.outcome.Reason != "" {
		attrs = append(attrs, slog.String(telemetry.Reason, string(run.outcome.Reason)), slog.String(telemetry.Hash, run.handler.Hash))
	}
	if m.told.Retries > 0 {
		attrs = append(attrs, slog.Int(telemetry.Attempts, 1+m.told.Retries))
	}
	m.record(level, telemetry.EventFailed, attrs...)
}

// guestLog writes what the guest logs while it handles m.
func (m *message) guestLog(level int, line string) {
	levels := [...]slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}
	if m.logs(levels[level]) {
		m.record(levels[level], telemetry.EventGuestLog, slog.String(telemetry.Line, line))
	}
}

// cut shortens text to at most limit characters.
func cut(text string, limit int) string {
	count := 0
	for i := range text {
		if count == limit {
			return text[:i]
		}
		count++
	}
	return text
}
