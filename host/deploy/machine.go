package deploy

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/storage/catalog"
)

// The directories in the data directory.
const (
	WatchedDir = "handlers" // where an operator puts modules
	ModulesDir = "modules"  // where the catalog keeps them
)

// Config of a Machine.
type Config struct {
	Dir       string // the data directory
	Engine    *sandbox.Engine
	Functions []sandbox.Function // that the engine offers
	MaxPages  int                // of an instance's memory
	Catalog   *catalog.Catalog
	Builtin   []Builtin
	Keys      Keys
	Instances int           // calls of one version at once
	MaxFuel   uint64        // most that a route gets; 0: no limit
	Patience  time.Duration // most that a call waits before it runs
	Keep      int           // versions of a handler that are kept besides those in use
	Threshold Threshold
	// Use makes services the table of routes. It is called with the new table before the old one's versions drain.
	Use func([]Service)
	// Expect is told of each module that gets into service; nil: nobody.
	Expect func(*abi.Manifest)
	// Observe is told of each event; nil: nobody.
	Observe func(*catalog.Event)
	Log     *slog.Logger
}

// Builtin is a handler that the program brings along.
type Builtin struct {
	Name string // for messages
	Wasm []byte
}

// Service is a version with the routes it gets.
type Service struct {
	Manifest *abi.Manifest
	Hash     string
	Runner   Runner
}

// Machine brings versions of handlers into service. Start it, Run it, Close it. Safe for concurrent use.
type Machine struct {
	config  Config
	pushing chan struct{} // has room for one: a module is on its way
	signals chan signal   // to Run
	life    context.Context
	end     context.CancelFunc
	jobs    sync.WaitGroup // drains

	mu          sync.Mutex // guards all below
	deployments map[catalog.ID]*catalog.Deployment
	next        catalog.ID
	stored      map[string]catalog.Stored
	paused      map[string]bool
	loaded      map[catalog.ID]*version
	builtin     []*version
	active      map[string]*version // of those that were pushed
	trials      map[string]*trial
	draining    map[*version]bool
	interrupted []catalog.ID
	notes       []string
}

// signal asks Run for something that a call must not wait for.
type signal struct {
	version *version
	why     string // it failed too often; empty: its trial is at its end
}

// maxSignals is how many signals wait; one that finds no room is sent again by a later call.
const maxSignals = 64

// New returns a Machine that has not started.
func New(config Config) *Machine {
	m := &Machine{
		config: config, pushing: make(chan struct{}, 1), signals: make(chan signal, maxSignals),
		deployments: map[catalog.ID]*catalog.Deployment{}, loaded: map[catalog.ID]*version{},
		active: map[string]*version{}, trials: map[string]*trial{}, draining: map[*version]bool{},
	}
	m.life, m.end = context.WithCancel(context.Background())
	return m
}

// send is called while a call runs.
func (m *Machine) send(s signal) {
	select {
	case m.signals <- s:
	default: // Run is not there, or far behind: what the version does next is told anew
		s.version.told.Store(false)
	}
}

// open makes a version of a module that is loaded.
func (m *Machine) open(id catalog.ID, module *sandbox.Module, signer string) *version {
	v := &version{
		id: id, module: module, signer: signer, pool: sandbox.NewPool(module, m.config.Instances), judge: judge{threshold: m.config.Threshold},
		report: func(v *version, why string) { m.send(signal{v, why}) },
	}
	return v
}

// load loads the module of a deployment from the catalog. Its signature is checked again: a key may have been withdrawn
// since it came.
func (m *Machine) load(ctx context.Context, d *catalog.Deployment) (*version, error) {
	wasm, err := m.config.Catalog.Load(d.Hash)
	if err != nil {
		return nil, err
	}
	signer, err := m.config.Keys.Verify(wasm, d.Signature)
	if err != nil {
		return nil, err
	}
	module, err := m.config.Engine.Load(ctx, wasm)
	if err != nil {
		return nil, err
	}
	return m.open(d.ID, module, signer), nil
}

// builtinOf returns version zero of a handler, or nil.
func (m *Machine) builtinOf(name string) *version {
	i := slices.IndexFunc(m.builtin, func(v *version) bool { return v.name() == name })
	if i < 0 {
		return nil
	}
	return m.builtin[i]
}

// claims returns what is in service, but for what a handler has that is about to be replaced. Call with mu held.
func (m *Machine) claims(without string) (claims []claim, versions []*version) {
	for _, v := range m.builtin {
		claims, versions = append(claims, claim{manifest: v.manifest(), builtin: true}), append(versions, v)
	}
	for _, name := range slices.Sorted(maps.Keys(m.active)) {
		if v := m.active[name]; name != without {
			claims = append(claims, claim{manifest: v.manifest(), takeOver: m.deployments[v.id].TakeOver})
			versions = append(versions, v)
		}
	}
	return claims, versions
}

// use makes what is active the table of routes. Call with mu held.
func (m *Machine) use() {
	claims, versions := m.claims("")
	routes := owners(claims)
	var services []Service
	for i, v := range versions {
		service := Service{Hash: v.module.Hash(), Runner: v}
		manifest := *v.manifest()
		manifest.Routes = slices.DeleteFunc(slices.Clone(manifest.Routes), func(r abi.Route) bool { return routes[r.ID] != i })
		service.Manifest = &manifest
		v.inService.Store(v.id != 0)
		if m.paused[v.name()] {
			service.Runner = paused(v.name())
		} else if t := m.trials[v.name()]; t != nil && t.old == v {
			services = append(services, split(&service, t)...)
			continue
		}
		services = append(services, service)
	}
	services = slices.DeleteFunc(services, func(s Service) bool { return len(s.Manifest.Routes) == 0 })
	m.config.Use(services)
}

// split divides a service in the routes that a trial decides about, and the others.
func split(s *Service, t *trial) []Service {
	shared, own := *s.Manifest, *s.Manifest
	shared.Routes, own.Routes = nil, nil
	for _, r := range s.Manifest.Routes {
		if slices.ContainsFunc(t.fresh.manifest().Routes, func(f abi.Route) bool { return f.ID == r.ID }) {
			shared.Routes = append(shared.Routes, r)
		} else {
			own.Routes = append(own.Routes, r)
		}
	}
	return []Service{{Manifest: &shared, Hash: s.Hash, Runner: t}, {Manifest: &own, Hash: s.Hash, Runner: s.Runner}}
}

// watched is the directory an operator puts modules in.
func (m *Machine) watched() string { return filepath.Join(m.config.Dir, WatchedDir) }

// Close ends what Run has left and releases all modules. No call may run. It is called once.
func (m *Machine) Close() error {
	m.mu.Lock() // nothing is changed, and no job begins, after this
	m.end()
	m.mu.Unlock()
	m.pushing <- struct{}{} // whatever is on its way gives up, and nothing follows it
	m.jobs.Wait()
	m.mu.Lock()
	defer m.mu.Unlock()
	var errs []error
	for _, v := range slices.Concat(m.builtin, slices.Collect(maps.Values(m.loaded))) {
		errs = append(errs, v.close())
	}
	m.builtin, m.loaded = nil, map[catalog.ID]*version{}
	return errors.Join(errs...)
}
