package deploy

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"workcell/host/telemetry"
	"workcell/storage/catalog"
)

// step is a change of one deployment on its way through the states.
type step struct {
	d      catalog.Deployment // as it will be
	from   catalog.State
	reason string
}

// move makes steps durable, with what else changes with them, and notes them in memory. Call with mu held.
func (m *Machine) move(ctx context.Context, change catalog.Change, steps ...step) error {
	if m.life.Err() != nil {
		return errEnding
	}
	change = with(change, steps)
	events, err := m.config.Catalog.Apply(ctx, change)
	if err != nil {
		return err
	}
	m.remember(&change)
	for i := range events {
		m.tell(&events[i])
	}
	return nil
}

// with adds steps to a change.
func with(change catalog.Change, steps []step) catalog.Change {
	now := time.Now()
	for i := range steps {
		s := &steps[i]
		s.d.Reason, s.d.Changed = s.reason, now
		if s.d.ID != 0 {
			change.Put = append(change.Put, s.d)
		}
		change.Events = append(change.Events, catalog.Event{
			Time: now, ID: s.d.ID, Name: s.d.Name, Version: s.d.Version, Hash: s.d.Hash, From: s.from, State: s.d.State, Reason: s.reason,
		})
	}
	return change
}

// remember notes a change in memory. Call with mu held.
func (m *Machine) remember(change *catalog.Change) {
	for _, d := range change.Put {
		m.deployments[d.ID] = &d
	}
	for _, id := range change.Remove {
		delete(m.deployments, id)
	}
	maps.Copy(m.stored, change.Stored)
	for name, paused := range change.Paused {
		if delete(m.paused, name); paused {
			m.paused[name] = true
		}
	}
}

// tell logs an event.
func (m *Machine) tell(e *catalog.Event) {
	level := slog.LevelInfo
	if e.State == catalog.Rejected || e.State == catalog.RolledBack {
		level = slog.LevelWarn
		m.note(e)
	}
	m.config.Log.LogAttrs(context.Background(), level, telemetry.EventDeployed,
		slog.Uint64(telemetry.Deployment, uint64(e.ID)), slog.String(telemetry.Module, e.Name), slog.String(telemetry.Version, e.Version),
		slog.String(telemetry.Hash, e.Hash), slog.String(telemetry.From, string(e.From)), slog.String(telemetry.State, string(e.State)),
		slog.String(telemetry.Reason, e.Reason))
	if m.config.Observe != nil {
		m.config.Observe(e)
	}
}

// maxNotes is how many notes are kept.
const maxNotes = 5

// note keeps what an operator should see before anything else. Call with mu held.
func (m *Machine) note(e *catalog.Event) {
	if e.State != catalog.RolledBack {
		return
	}
	m.notes = append(m.notes, fmt.Sprintf("handler %s %s was taken out at %s", e.Name, e.Version, e.Time.UTC().Format(time.RFC3339)))
	m.notes = m.notes[max(0, len(m.notes)-maxNotes):]
}

// Notes are a few words about versions that were taken out since the start, which anybody may read.
func (m *Machine) Notes() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.notes)
}
