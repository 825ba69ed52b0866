package deploy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"workcell/abi"
	"workcell/host/telemetry"
	"workcell/storage/catalog"
)

// Start brings into service what the catalog says, and what the program brings along. It is called once, before all else.
// After an error only Close is left.
func (m *Machine) Start(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	contents, err := m.config.Catalog.Read()
	if err != nil {
		return err
	}
	m.stored, m.paused, m.next = contents.Stored, contents.Paused, 1
	for i := range contents.Deployments {
		d := &contents.Deployments[i]
		m.deployments[d.ID], m.next = d, max(m.next, d.ID+1)
	}
	for _, b := range m.config.Builtin {
		module, err := m.config.Engine.Load(ctx, b.Wasm)
		if err != nil {
			return fmt.Errorf("load built-in handler %s: %w", b.Name, err)
		}
		m.builtin = append(m.builtin, m.open(0, module))
	}
	if err := m.restore(ctx, contents.Deployments); err != nil {
		return err
	}
	if err := m.checkService(); err != nil {
		return err
	}
	_, serving := m.claims("")
	change := catalog.Change{}
	for _, v := range serving {
		for set, row := range recorded(v.manifest(), m.stored) {
			if change.Stored == nil {
				change.Stored = map[string]catalog.Stored{}
			}
			change.Stored[set] = row
		}
		if m.config.Expect != nil {
			m.config.Expect(v.manifest())
		}
		m.config.Log.Info(telemetry.EventLoaded, telemetry.Module, v.name(), telemetry.Version, v.manifest().Version, telemetry.Hash, v.module.Hash())
	}
	if len(change.Stored) > 0 {
		if err := m.move(ctx, change); err != nil {
			return err
		}
	}
	m.use()
	return m.sweep()
}

// restore takes each deployment to where it has to be after a start. Call with mu held.
func (m *Machine) restore(ctx context.Context, deployments []catalog.Deployment) error {
	var steps []step
	to := func(d catalog.Deployment, state catalog.State, reason string) {
		from := d.State
		d.State = state
		steps = append(steps, step{d: d, from: from, reason: reason})
	}
	slices.SortFunc(deployments, func(a, b catalog.Deployment) int { return cmp.Compare(a.ID, b.ID) })
	for _, d := range deployments {
		switch d.State {
		case catalog.Draining:
			if m.loaded[d.ID] != nil { // it was put back just now
				continue
			}
			to(d, catalog.Retired, "the server was started")
		case catalog.Staged, catalog.Verified, catalog.Compiled, catalog.Imaged, catalog.SelfTested:
			if d.Attempts >= maxAttempts {
				to(d, catalog.Rejected, fmt.Sprintf("the server ended %d times while it was on its way: push it again if it was not the cause", d.Attempts))
				continue
			}
			m.interrupted = append(m.interrupted, d.ID)
		case catalog.Active:
			if err := m.reviveOrFallBack(ctx, d, to); err != nil {
				return err
			}
		}
	}
	for _, d := range deployments { // beside those that are active
		if d.State != catalog.OnTrial {
			continue
		}
		v, reason, err := m.revive(ctx, d)
		if err != nil {
			return err
		}
		if v == nil || d.Trial == nil || m.current(d.Name) == nil || m.trials[d.Name] != nil {
			to(d, catalog.RolledBack, cmp.Or(reason, "there is nothing left to try it beside"))
			continue
		}
		m.begin(m.current(d.Name), v, *d.Trial)
	}
	if len(steps) == 0 {
		return nil
	}
	return m.move(ctx, catalog.Change{}, steps...)
}

// reviveOrFallBack puts an active version into service, or if it cannot be loaded the one before it, and so on down to
// version zero. Call with mu held.
func (m *Machine) reviveOrFallBack(ctx context.Context, d catalog.Deployment, to func(catalog.Deployment, catalog.State, string)) error {
	for {
		v, reason, err := m.revive(ctx, d)
		if err != nil {
			return err
		}
		if v != nil {
			m.active[v.name()], m.loaded[v.id] = v, v
			if d.State != catalog.Active {
				to(d, catalog.Active, "put back: the version after it could not be loaded")
			}
			return nil
		}
		to(d, catalog.RolledBack, reason)
		previous := m.deployments[d.Previous]
		if previous == nil || previous.Name != d.Name || !slices.Contains(canReturn, previous.State) {
			return nil
		}
		d = *previous
	}
}

// revive loads a version that was in service. One that cannot be loaded is nil, with the reason; the error is that of a
// start that was given up.
func (m *Machine) revive(ctx context.Context, d catalog.Deployment) (v *version, reason string, err error) {
	v, err = m.load(ctx, &d)
	switch {
	case err == nil:
		return v, "", nil
	case ctx.Err() != nil:
		return nil, "", context.Cause(ctx)
	}
	return nil, cut("it could not be loaded when the server was started: " + err.Error()), nil
}

// checkService refuses to start with a handler that does not understand what is stored. Call with mu held.
func (m *Machine) checkService() error {
	claims, versions := m.claims("")
	routes := owners(claims)
	for i, v := range versions {
		serves := slices.ContainsFunc(v.manifest().Routes, func(r abi.Route) bool { return routes[r.ID] == i })
		if err := checkRecords(v.manifest(), m.stored); serves && err != nil {
			return fmt.Errorf("handler %s: %w; or start the program that wrote them", v, err)
		}
	}
	return nil
}

// resume goes on with what a kill has interrupted.
func (m *Machine) resume() {
	m.mu.Lock()
	interrupted := m.interrupted
	m.interrupted = nil
	m.mu.Unlock()
	for _, id := range interrupted {
		if err := m.again(id); err != nil && !errors.Is(err, errEnding) {
			m.config.Log.Warn("a handler that was on its way when the server ended is refused", telemetry.Error, err)
		}
	}
}

// again begins the way of a deployment once more.
func (m *Machine) again(id catalog.ID) error {
	leave, err := m.enter(m.life)
	if err != nil {
		return err
	}
	defer leave()
	d, ok := m.deployment(id)
	if !ok {
		return nil
	}
	from := d.State
	d.State, d.Attempts = catalog.Staged, d.Attempts+1
	m.mu.Lock()
	err = m.move(m.life, catalog.Change{}, step{d: d, from: from, reason: "the server was started: once more"})
	m.mu.Unlock()
	if err != nil {
		return err
	}
	w := &way{m: m, d: d}
	if w.wasm, err = m.config.Catalog.Load(d.Hash); err != nil {
		_, err = w.fail(catalog.Verified, refuse(err, "push it again", "its file is not as it was staged"))
		return err
	}
	_, err = w.travel()
	return err
}
