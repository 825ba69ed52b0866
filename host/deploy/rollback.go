package deploy

import (
	"context"
	"fmt"
	"slices"

	"workcell/storage/catalog"
)

// Rollback takes what is in service for a handler out, with the reason why, and puts back the version before it, or the
// one named by to, of which 0 is what the program brings along. A handler that has no such version gives its routes back.
// If a version is on trial and to is nil, the trial ends.
func (m *Machine) Rollback(name string, to *catalog.ID, why string) (catalog.Deployment, error) {
	m.mu.Lock()
	serving, t := m.active[name], m.trials[name]
	target := catalog.ID(0)
	switch {
	case to != nil:
		target = *to
	case serving != nil:
		target = m.record(serving).Previous
	}
	wanted, loaded := m.deployments[target], m.loaded[target]
	m.mu.Unlock()
	switch {
	case to == nil && t != nil:
		err := m.endTrial(t.fresh, why)
		d, _ := m.deployment(t.fresh.id)
		return d, err
	case !m.knows(name):
		return catalog.Deployment{}, m.unknown(name)
	case serving == nil && to == nil:
		return catalog.Deployment{}, refuse(nil, "see `workcell handler ls`; a version that was in service is put back with --to NUMBER",
			"there is nothing to go back from: no version of %s that was pushed is in service", name)
	case serving != nil && serving.id == target || serving == nil && target == 0:
		return catalog.Deployment{}, refuse(nil, "see `workcell handler history`", "it is in service already")
	case target != 0 && wanted == nil:
		return catalog.Deployment{}, refuse(nil, "see `workcell handler ls` for those there are, or push it again", "version %d of %s is not kept any more", target, name)
	case target != 0 && (wanted.Name != name || !slices.Contains(canReturn, wanted.State)):
		return catalog.Deployment{}, refuse(nil, "push it again", "version %d is %s, and of the handler %q", target, wanted.State, wanted.Name)
	}
	if target != 0 && loaded == nil {
		leave, err := m.enter(m.life)
		if err != nil {
			return catalog.Deployment{}, err
		}
		defer leave()
		if loaded, err = m.load(m.life, wanted); err != nil {
			return catalog.Deployment{}, fmt.Errorf("put back version %d of %s: %w", target, name, err)
		}
	}
	return m.putBack(name, serving, loaded, why)
}

// canReturn are the states of versions that can be put back.
var canReturn = []catalog.State{catalog.Draining, catalog.Retired, catalog.RolledBack}

// putBack replaces serving by v, or by version zero if v is nil. A v that was loaded for it is closed if it fails.
func (m *Machine) putBack(name string, serving, v *version, why string) (_ catalog.Deployment, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v != nil && m.loaded[v.id] != v {
		defer func() {
			if err != nil {
				_ = v.close() // no call came to it
			}
		}()
	}
	if m.active[name] != serving {
		return catalog.Deployment{}, refuse(nil, "look at `workcell handler ls`, and try again", "another version of %s came into service meanwhile", name)
	}
	target := v
	if target == nil {
		target = m.builtinOf(name)
	}
	var steps []step
	if serving != nil {
		steps = append(steps, m.leave(serving, catalog.RolledBack, cut(why)))
	}
	change := catalog.Change{}
	if target != nil {
		d := m.record(target)
		if err := m.fits(target.module, d.TakeOver); err != nil {
			return catalog.Deployment{}, err
		}
		from := d.State
		if target.id == 0 {
			from = catalog.Retired
		} else if serving == nil || m.record(serving).Previous != target.id {
			d.Previous = 0
			if serving != nil {
				d.Previous = serving.id
			}
		}
		d.State = catalog.Active
		change.Stored = recorded(target.manifest(), m.stored)
		steps = append(steps, step{d: d, from: from, reason: cut("put back: " + why)})
	}
	if t := m.trials[name]; t != nil {
		steps = append(steps, m.leave(t.fresh, catalog.RolledBack, "its trial ended with what it was compared with"))
	}
	reached("rolling back")
	if err := m.move(m.life, change, steps...); err != nil {
		return catalog.Deployment{}, err
	}
	reached("rolled back")
	m.swap(name, v)
	if target == nil {
		return m.record(serving), nil
	}
	return m.record(target), nil
}

// failedTooOften takes a version out that has failed too often.
func (m *Machine) failedTooOften(v *version, why string) error {
	m.mu.Lock()
	t, serving, base := m.trials[v.name()], m.active[v.name()], m.builtinOf(v.name())
	m.mu.Unlock()
	switch {
	case t != nil && t.fresh == v:
		return m.endTrial(v, why)
	case serving == v:
		_, err := m.Rollback(v.name(), nil, why)
		if err != nil && base != nil { // the version before it cannot be loaded, or does not fit any more
			_, err = m.putBack(v.name(), v, nil, why+"; "+err.Error())
		}
		if err != nil {
			m.mu.Lock()
			m.notes = append(m.notes, fmt.Sprintf("handler %s fails, and could not be rolled back", v.name()))
			m.mu.Unlock()
		}
		return err
	}
	return nil
}

// Pause takes the routes of a handler out of service, or puts them back: its clients are told that the service is not
// available.
func (m *Machine) Pause(ctx context.Context, name string, pause bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := m.current(name)
	switch {
	case v == nil:
		return m.unknown(name)
	case m.paused[name] == pause:
		return nil
	}
	state := catalog.Resumed
	if pause {
		state = catalog.Paused
	}
	d := m.record(v)
	e := catalog.Event{ID: d.ID, Name: name, Version: d.Version, Hash: d.Hash, State: state}
	err := m.move(ctx, catalog.Change{Paused: map[string]bool{name: pause}, Events: []catalog.Event{e}})
	if err == nil {
		m.use()
	}
	return err
}

// knows reports whether there is, or was, any version of a handler.
func (m *Machine) knows(name string) bool {
	return slices.ContainsFunc(m.List(), func(i Info) bool { return i.Name == name })
}

func (m *Machine) unknown(name string) error {
	return refuse(nil, "see `workcell handler ls` for those there are", "there is no handler %q", name)
}

// Remove takes a handler out of service and forgets all that was pushed of it: its routes go back to version zero, if there
// is one. With an id it only forgets that version, which must be out of use.
func (m *Machine) Remove(ctx context.Context, name string, id catalog.ID) error {
	leave, err := m.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := m.remove(name, id); err != nil {
		return err
	}
	m.tidy()
	return nil
}

func (m *Machine) remove(name string, id catalog.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	change := catalog.Change{}
	for _, d := range m.deployments {
		if d.Name == name && (id == 0 || d.ID == id) {
			change.Remove = append(change.Remove, d.ID)
		}
	}
	serving, t := m.active[name], m.trials[name]
	switch {
	case len(change.Remove) == 0 && id == 0 && m.builtinOf(name) != nil:
		return refuse(nil, "pause it with `workcell handler pause "+name+"`", "what the program brings along cannot be removed")
	case len(change.Remove) == 0 && id != 0:
		return refuse(nil, "see `workcell handler ls` for those there are", "there is no version %d of the handler %q", id, name)
	case len(change.Remove) == 0:
		return m.unknown(name)
	case id != 0 && (serving != nil && (serving.id == id || m.record(serving).Previous == id) || t != nil && t.fresh.id == id):
		return refuse(nil, "roll back first", "version %d of %s is in use, or the one to go back to", id, name)
	}
	if id == 0 {
		if base := m.builtinOf(name); base != nil && serving != nil {
			if err := m.fits(base.module, false); err != nil {
				return err
			}
		}
		change.Paused = map[string]bool{name: false}
	}
	change.Events = []catalog.Event{{Name: name, ID: id, State: catalog.Removed}}
	reached("removing")
	if err := m.move(m.life, change); err != nil {
		return err
	}
	reached("removed")
	if id == 0 {
		m.swap(name, nil)
	}
	return nil
}
