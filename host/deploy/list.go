package deploy

import (
	"cmp"
	"maps"
	"slices"

	"workcell/host/sandbox"
	"workcell/storage/catalog"
)

// Info is a version as it is shown.
type Info struct {
	catalog.Deployment
	Builtin  bool         `json:"builtin"`
	Unsigned bool         `json:"unsigned,omitempty"` // it gets calls without a signature that was checked
	Paused   bool         `json:"paused,omitempty"`
	Routes   int          `json:"routes"` // that it gets
	Calls    uint64       `json:"calls"`  // since it was loaded
	Traps    uint64       `json:"traps"`
	Report   *TrialReport `json:"trial_report,omitempty"`
}

// List returns all versions that are known: the built-in ones, then the others, oldest first.
func (m *Machine) List() []Info {
	m.mu.Lock()
	defer m.mu.Unlock()
	claims, versions := m.claims("")
	routes := map[*version]int{}
	for _, i := range owners(claims) {
		routes[versions[i]]++
	}
	var list []Info
	add := func(d catalog.Deployment, v *version) {
		d.Signature = nil
		if v != nil {
			d.Signer = v.signer
		}
		unsigned := d.ID != 0 && d.Signer == "" && (d.State == catalog.Active || d.State == catalog.OnTrial)
		info := Info{Deployment: d, Builtin: d.ID == 0, Unsigned: unsigned, Paused: m.paused[d.Name] && d.State == catalog.Active}
		if v != nil {
			stats := v.pool.Stats()
			info.Routes, info.Calls = routes[v], stats.Calls
			for _, n := range stats.Traps {
				info.Traps += n
			}
		}
		if t := m.trials[d.Name]; t != nil && t.fresh == v && v != nil {
			report := t.progress()
			info.Report = &report
		}
		list = append(list, info)
	}
	for _, v := range m.builtin {
		d := m.record(v)
		if routes[v] == 0 {
			d.State = catalog.Retired
		}
		add(d, v)
	}
	for _, id := range slices.Sorted(maps.Keys(m.deployments)) {
		add(*m.deployments[id], m.loaded[id])
	}
	return list
}

// History returns the newest events, the newest first.
func (m *Machine) History(limit int) ([]catalog.Event, error) { return m.config.Catalog.History(limit) }

// deployment returns a deployment by its number.
func (m *Machine) deployment(id catalog.ID) (catalog.Deployment, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d := m.deployments[id]; d != nil {
		return *d, true
	}
	return catalog.Deployment{}, false
}

// Loaded calls see for the pool of every version that is loaded, those in service first.
func (m *Machine) Loaded(see func(*sandbox.Pool)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, serving := m.claims("")
	for _, v := range serving {
		see(v.pool)
	}
	others := slices.Collect(maps.Values(m.loaded))
	slices.SortFunc(others, func(a, b *version) int { return cmp.Compare(a.id, b.id) })
	for _, v := range others {
		if !slices.Contains(serving, v) {
			see(v.pool)
		}
	}
}
