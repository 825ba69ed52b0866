package deploy

import (
	"context"
	"slices"
	"time"

	"workcell/abi"
	"workcell/host/telemetry"
	"workcell/storage/catalog"
)

// current returns what is in service for a handler, or nil. Call with mu held.
func (m *Machine) current(name string) *version {
	if v := m.active[name]; v != nil {
		return v
	}
	return m.builtinOf(name)
}

// record returns the deployment of a version; that of version zero is made up. Call with mu held.
func (m *Machine) record(v *version) catalog.Deployment {
	if d := m.deployments[v.id]; d != nil {
		return *d
	}
	return catalog.Deployment{Hash: v.module.Hash(), Name: v.name(), Version: v.manifest().Version, State: catalog.Active}
}

// leave is the step of a version that is replaced.
func (m *Machine) leave(v *version, state catalog.State, reason string) step {
	d := m.record(v)
	from := d.State
	d.State = state
	return step{d: d, from: from, reason: reason}
}

// activate puts v in the place of what is in service for its handler.
func (m *Machine) activate(v *version, reason string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.record(v)
	if err := m.fits(v.module, d.TakeOver); err != nil {
		return err
	}
	old, from := m.current(v.name()), d.State
	d.State, d.Previous = catalog.Active, 0
	steps := []step{{d: d, from: from, reason: reason}}
	if old != nil {
		steps[0].d.Previous = old.id
		steps = append(steps, m.leave(old, catalog.Draining, "replaced by "+v.String()))
	}
	if t := m.trials[v.name()]; t != nil && t.fresh != v {
		steps = append(steps, m.leave(t.fresh, catalog.RolledBack, "its trial was cut short by "+v.String()))
	}
	reached("activating")
	if err := m.move(m.life, catalog.Change{Stored: recorded(v.manifest(), m.stored)}, steps...); err != nil {
		return err
	}
	reached("activated")
	m.swap(v.name(), v)
	reached("swapped")
	return nil
}

// swap makes v, which may be nil, what is in service for a handler besides version zero. What it was drains. Call with mu
// held.
func (m *Machine) swap(name string, v *version) {
	old, t := m.current(name), m.trials[name]
	delete(m.trials, name)
	delete(m.active, name)
	if v != nil && v.id != 0 {
		m.active[name], m.loaded[v.id] = v, v
		delete(m.draining, v)
		v.told.Store(false)
	}
	if v != nil && m.config.Expect != nil {
		m.config.Expect(v.manifest())
	}
	m.use()
	if old != nil && old != v {
		m.drain(old)
	}
	if t != nil && t.fresh != v {
		m.drain(t.fresh)
	}
}

// drain retires v when its last call has ended. Call with mu held.
func (m *Machine) drain(v *version) {
	v.inService.Store(false)
	m.draining[v] = true
	m.jobs.Go(func() { // ends with the last call, or with life
		select {
		case <-time.After(m.config.Patience): // until then a call may still be waiting for its turn
		case <-m.life.Done():
			return
		}
		if v.drained(m.life) != nil {
			return
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if !m.draining[v] { // it was put back
			return
		}
		delete(m.draining, v)
		if d := m.record(v); d.State == catalog.Draining || v.id == 0 && m.active[v.name()] != nil {
			reached("retiring")
			d.State = catalog.Retired
			if err := m.move(m.life, catalog.Change{}, step{d: d, from: catalog.Draining, reason: "its last call has ended"}); err != nil {
				m.config.Log.Warn("a handler version was not recorded as retired", telemetry.Error, err)
			}
		}
		m.release()
	})
}

// release closes what is neither in service nor the version to go back to. Call with mu held.
func (m *Machine) release() {
	for id, v := range m.loaded {
		if m.needed(v) {
			continue
		}
		delete(m.loaded, id)
		if err := v.close(); err != nil {
			m.config.Log.Warn("a handler version was not closed", telemetry.Module, v.name(), telemetry.Error, err)
		}
	}
}

func (m *Machine) needed(v *version) bool {
	if m.active[v.name()] == v || m.draining[v] {
		return true
	}
	if t := m.trials[v.name()]; t != nil && t.fresh == v {
		return true
	}
	serving := m.active[v.name()]
	return serving != nil && m.record(serving).Previous == v.id
}

// try puts v on trial beside what is in service for its handler.
func (m *Machine) try(v *version) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.record(v)
	if err := m.fits(v.module, d.TakeOver); err != nil {
		return err
	}
	old := m.current(v.name())
	switch {
	case old == nil:
		return refuse(nil, "push it without a trial", "there is no version of the handler %s to try it beside", v.name())
	case m.trials[v.name()] != nil:
		return refuse(nil, "wait for its end, or end it with `workcell handler rollback "+v.name()+"`", "another version of %s is on trial", v.name())
	}
	if err := checkComparable(old.manifest(), v.manifest()); err != nil {
		return err
	}
	change := catalog.Change{}
	if !d.Trial.Shadow {
		change.Stored = recorded(v.manifest(), m.stored)
	}
	from := d.State
	d.State = catalog.OnTrial
	reached("trying")
	if err := m.move(m.life, change, step{d: d, from: from}); err != nil {
		return err
	}
	m.begin(old, v, *d.Trial)
	reached("tried")
	return nil
}

// begin begins the trial of v. Call with mu held.
func (m *Machine) begin(old, v *version, policy catalog.Trial) {
	m.loaded[v.id] = v
	v.inService.Store(true)
	m.trials[v.name()] = &trial{
		old: old, fresh: v, maxFuel: m.config.MaxFuel, finished: func() { m.send(signal{version: v}) },
		report: TrialReport{Policy: policy},
	}
	m.use()
}

// checkComparable refuses a trial of a version whose routes are not those of the one beside it.
func checkComparable(old, fresh *abi.Manifest) error {
	shared := false
	for _, r := range fresh.Routes {
		i := slices.IndexFunc(old.Routes, func(o abi.Route) bool { return o.ID == r.ID })
		if i < 0 {
			continue
		}
		shared = true
		if o := old.Routes[i]; o.Kind != r.Kind || o.Reply != r.Reply || o.Serial != r.Serial {
			return refuse(nil, "push it without a trial", "route %d (%s) has another kind, reply or serial field than in the version that runs", r.ID, r.Name)
		}
	}
	if !shared {
		return refuse(nil, "push it without a trial", "it has no route in common with the version that runs")
	}
	return nil
}

// conclude ends the trial of v, which is at its end.
func (m *Machine) conclude(v *version) error {
	m.mu.Lock()
	t := m.trials[v.name()]
	m.mu.Unlock()
	if t == nil || t.fresh != v {
		return nil
	}
	report := t.progress()
	if report.Policy.Shadow && report.Differences > 0 {
		return m.endTrial(v, plural(report.Differences, report.Calls)+" went otherwise: "+report.First)
	}
	if err := m.activate(v, "its trial went well: "+plural(report.Failed, report.Calls)+" failed"); err != nil {
		return m.endTrial(v, "it could not be made active after its trial: "+err.Error())
	}
	m.tidy()
	return nil
}

// endTrial takes v out of its trial.
func (m *Machine) endTrial(v *version, reason string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.trials[v.name()]
	if t == nil || t.fresh != v {
		return nil
	}
	if err := m.move(context.Background(), catalog.Change{}, m.leave(v, catalog.RolledBack, cut(reason))); err != nil {
		return err
	}
	delete(m.trials, v.name())
	m.use()
	m.drain(v)
	return nil
}
