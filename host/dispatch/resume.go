package dispatch

import (
	"log/slog"

	"workcell/abi/envelope"
	"workcell/host/telemetry"
	"workcell/storage"
)

// resumeAfter returns after which commit m, a Subscribe, asks for the events of the past. It reports false if m does not.
func (m *message) resumeAfter() (after storage.Sequence, ok bool) {
	if m.Number != envelope.Subscribe {
		return 0, false
	}
	sequence, ok := envelope.ResumeAfter(m.Payload)
	return storage.Sequence(sequence), ok
}

// resume has the client sent what it missed, if it asks for that and its subscriptions were made. They begin now in any
// case; the acknowledgement, which leaves behind the events, says if some are missing.
func (m *message) resume() {
	if !m.resumes {
		return
	}
	after, _ := m.resumeAfter()
	complete, err := m.caller.Resume(after)
	if !complete {
		m.reply = envelope.AppendReload(m.reply)
	}
	if err != nil {
		m.record(slog.LevelWarn, telemetry.EventFailed, slog.Any(telemetry.Error, err))
	}
}
