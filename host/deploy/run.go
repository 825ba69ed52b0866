package deploy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"workcell/host/telemetry"
	"workcell/storage/catalog"
)

// Run goes on with what was interrupted, watches the directory, and acts on versions that fail and trials that end, until
// ctx is done. It is called once, after Start.
func (m *Machine) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, m.end)
	defer stop()
	watch, err := m.watch()
	if err != nil {
		return err
	}
	m.jobs.Go(func() { // ends with life
		m.resume()
		watch.run()
	})
	for {
		select {
		case <-m.life.Done():
			return nil
		case s := <-m.signals:
			if err := m.act(s); err != nil && !errors.Is(err, errEnding) {
				m.config.Log.Error("a handler version could not be replaced", telemetry.Module, s.version.name(), telemetry.Reason, s.why, telemetry.Error, err)
			}
		}
	}
}

// act does what a call has asked for.
func (m *Machine) act(s signal) error {
	if s.why == "" {
		return m.conclude(s.version)
	}
	return m.failedTooOften(s.version, s.why)
}

// maxRejected is how many deployments are kept that were refused before they had a name.
const maxRejected = 20

// tidy forgets the deployments that are too many. Call it with a place in pushing, or from Run.
func (m *Machine) tidy() {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept := map[string]int{}
	change := catalog.Change{}
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(m.deployments))) {
		d := m.deployments[id]
		if m.inUse(d) {
			continue
		}
		most := m.config.Keep
		if d.Name == "" {
			most = maxRejected
		}
		if kept[d.Name]++; kept[d.Name] > most {
			change.Remove = append(change.Remove, id)
		}
	}
	var err error
	if len(change.Remove) > 0 {
		err = m.move(context.Background(), change)
	}
	if err = errors.Join(err, m.sweep()); err != nil {
		m.config.Log.Warn("old handlers were not removed", telemetry.Error, err)
	}
}

// inUse reports whether a deployment must not be forgotten. Call with mu held.
func (m *Machine) inUse(d *catalog.Deployment) bool {
	switch d.State {
	case catalog.Rejected, catalog.RolledBack, catalog.Retired:
		serving := m.active[d.Name]
		return serving != nil && m.record(serving).Previous == d.ID
	}
	return true
}

// sweep removes the files of modules that nobody can need. Call with mu held.
func (m *Machine) sweep() error {
	keep := map[string]bool{}
	for _, d := range m.deployments {
		if d.State != catalog.Rejected {
			keep[d.Hash] = true
		}
	}
	return m.config.Catalog.Sweep(keep)
}

// plural says how many of some calls.
func plural(some, all int) string { return fmt.Sprintf("%d of %d calls", some, all) }
