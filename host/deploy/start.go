package deploy

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"workcell/abi"
	"workcell/host/telemetry"
	"workcell/storage"
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
		m.builtin = append(m.builtin, m.open(0, module, ""))
	}
	if len(m.config.Keys) == 0 {
		m.config.Log.Warn("handlers are taken without a signature: make a key with `workcell key new`, and name it in handler.trusted_keys")
	}
	steps, err := m.restore(ctx, contents.Deployments)
	if err != nil {
		return err
	}
	if err := m.checkService(steps); err != nil { // nothing is changed: with the cause mended, a start finds all as it was
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
	if len(change.Stored) > 0 || len(steps) > 0 {
		if err := m.found(ctx, change, steps); err != nil {
			return err
		}
	}
	m.use()
	return m.sweep()
}

// found makes durable what a start has found. If the store takes no writes, reads are to go on all the same: the next start
// finds it again. Only what may be stored from now on must be known before. Call with mu held.
func (m *Machine) found(ctx context.Context, change catalog.Change, steps []step) error {
	err := m.move(ctx, change, steps...)
	if !errors.Is(err, storage.ErrReadOnly) || len(change.Stored) > 0 {
		return err
	}
	m.config.Log.Warn("what became of handler versions at this start cannot be recorded, and is found again at the next one", telemetry.Error, err)
	change = with(change, steps)
	m.remember(&change)
	for i := range change.Events {
		m.tell(&change.Events[i])
	}
	return nil
}

// restore takes each deployment to where it has to be after a start. It returns what is to be recorded of that. Call with mu
// held.
func (m *Machine) restore(ctx context.Context, deployments []catalog.Deployment) (steps []step, err error) {
	to := func(d catalog.Deployment, state catalog.State, reason string) {
		from := d.State
		d.State = state
		steps = append(steps, step{d: d, from: from, reason: reason})
	}
	slices.SortFunc(deployments, func(a, b catalog.Deployment) int { return cmp.Compare(a.ID, b.ID) })
	var lost []catalog.Deployment
	for _, d := range deployments {
		if d.State != catalog.Active {
			continue
		}
		v, reason, err := m.revive(ctx, d)
		if err != nil {
			return nil, err
		}
		if v == nil {
			to(d, catalog.RolledBack, reason)
			lost = append(lost, d)
			continue
		}
		m.active[v.name()], m.loaded[v.id] = v, v
	}
	for _, d := range lost { // what takes their place must fit in beside the others
		if err := m.fallBack(ctx, d, to); err != nil {
			return nil, err
		}
	}
	for _, d := range deployments {
		switch d.State {
		case catalog.Draining:
			if !slices.ContainsFunc(steps, func(s step) bool { return s.d.ID == d.ID }) { // else it was a place to go back to
				to(d, catalog.Retired, "the server was started")
			}
		case catalog.Staged, catalog.Verified, catalog.Compiled, catalog.Imaged, catalog.SelfTested:
			if d.Attempts >= maxAttempts {
				to(d, catalog.Rejected, fmt.Sprintf("the server ended %d times while it was on its way: push it again if it was not the cause", d.Attempts))
				continue
			}
			m.interrupted = append(m.interrupted, d.ID)
		case catalog.OnTrial:
			v, reason, err := m.revive(ctx, d)
			if err != nil {
				return nil, err
			}
			if v == nil || d.Trial == nil || m.current(d.Name) == nil || m.trials[d.Name] != nil {
				to(d, catalog.RolledBack, cmp.Or(reason, "there is nothing left to try it beside"))
				if v != nil {
					_ = v.close() // no call came to it
				}
				continue
			}
			m.begin(m.current(d.Name), v, *d.Trial)
		}
	}
	return steps, nil
}

// fallBack puts the version before d into service, or if it cannot be the one before that, and so on down to version zero.
// Call with mu held.
func (m *Machine) fallBack(ctx context.Context, d catalog.Deployment, to func(catalog.Deployment, catalog.State, string)) error {
	tried := map[catalog.ID]bool{d.ID: true} // operators go back and forth
	for {
		previous := m.deployments[d.Previous]
		if previous == nil || tried[previous.ID] || previous.Name != d.Name || !slices.Contains(canReturn, previous.State) {
			return nil
		}
		d = *previous
		tried[d.ID] = true
		v, reason, err := m.revive(ctx, d)
		if err != nil {
			return err
		}
		if v != nil {
			if err = m.fits(v.module, d.TakeOver); err == nil {
				m.active[v.name()], m.loaded[v.id] = v, v
				to(d, catalog.Active, "put back: the version after it could not be loaded")
				return nil
			}
			reason = cut("it could not be put back when the server was started: " + errors.Join(err, v.close()).Error())
		}
		to(d, catalog.RolledBack, reason)
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
	return nil, cut(fmt.Sprintf("it could not be loaded when the server was started: %s; then push it again, or put it back with `workcell handler rollback %s --to %d`",
		err, d.Name, d.ID)), nil
}

// checkService refuses to start with a handler that does not understand what is stored. steps say what else the start has
// found: it may be the cause. Call with mu held.
func (m *Machine) checkService(steps []step) error {
	claims, versions := m.claims("")
	routes := owners(claims)
	for i, v := range versions {
		serves := slices.ContainsFunc(v.manifest().Routes, func(r abi.Route) bool { return routes[r.ID] == i })
		err := checkRecords(v.manifest(), m.stored)
		if !serves || err == nil {
			continue
		}
		err = fmt.Errorf("handler %s: %w; or start the program that wrote them", v, err)
		for _, s := range steps {
			if s.d.State == catalog.RolledBack && s.d.Name == v.name() {
				err = fmt.Errorf("%w; version %d (%s) is out: %s", err, s.d.ID, s.d.Version, s.reason)
			}
		}
		return err
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
