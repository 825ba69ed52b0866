package tryout

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/storage/key"
)

// MaxRun bounds one call. It is many times a server's usual limit: what ends here for want of time would have run out of
// fuel on most machines.
const MaxRun = 30 * time.Second

// Host is where a handler is tried. One goroutine at a time.
type Host struct {
	module   *sandbox.Module
	pool     *sandbox.Pool
	settings sandbox.Settings
	maxFuel  uint64
	memory   memory
	held     held
	seed     uint64 // of the last call
}

// New returns an empty Host for a module, which must outlive it. Settings are what config_get finds; maxFuel caps what
// routes ask for, as handler.max_fuel does.
func New(module *sandbox.Module, settings sandbox.Settings, maxFuel uint64) *Host {
	return &Host{module: module, pool: sandbox.NewPool(module, 1), settings: settings, maxFuel: maxFuel, memory: memory{}, held: held{}}
}

// Request is one call.
type Request struct {
	Route   uint32
	Payload []byte // borrowed until Call returns
	User    [16]byte
	NowMS   int64
}

// Route returns the route with a name, or with a number in decimal digits.
func (s *Host) Route(name string) (abi.Route, error) {
	var names []string
	number, err := strconv.ParseUint(name, 10, 32)
	isNumber := err == nil
	for _, r := range s.module.Manifest().Routes {
		if r.Name == name || isNumber && r.ID == uint32(number) {
			return r, nil
		}
		names = append(names, fmt.Sprintf("%s (%d)", r.Name, r.ID))
	}
	return abi.Route{}, fmt.Errorf("the handler has no route %q, but %v", name, names)
}

// Call runs one call, and commits it if it ends well. The request's route is one of the manifest.
func (s *Host) Call(ctx context.Context, r Request) *Report {
	route := abi.Route{ID: r.Route}
	for _, declared := range s.module.Manifest().Routes {
		if declared.ID == r.Route {
			route = declared
		}
	}
	s.seed++
	t := s.memory.begin()
	report := &Report{Route: route.ID, Name: route.Name}
	c := &sandbox.Call{
		Route: route.ID, Input: r.Payload, Identity: &abi.Identity{User: r.User}, NowMS: r.NowMS,
		Store: t, ReadOnly: route.Kind == abi.KindRead, Settings: s.settings, Held: s.held,
		Fuel: s.fuel(route), Until: time.Now().Add(MaxRun), Cancel: ctx,
		Log: func(level int, line string) { report.Log = append(report.Log, Line{levels[level], line}) },
	}
	binary.LittleEndian.PutUint64(c.Seed[:], s.seed)
	out := s.pool.Run(c, MaxRun)
	report.tell(c, out)
	if out.Status == sandbox.OK {
		report.Writes = s.writes(t)
		t.commit()
		s.held.apply(c.Effects.Changes)
	}
	return report
}

// fuel is the budget of a route's calls, as a server gives it.
func (s *Host) fuel(r abi.Route) uint64 {
	budget := r.Fuel
	if budget == 0 {
		budget = sandbox.DefaultFuel
	}
	return min(budget, s.maxFuel)
}

// writes lists what a transaction wrote, by data set and key.
func (s *Host) writes(t *transaction) []Write {
	var list []Write
	for _, set := range s.module.Manifest().DataSets {
		prefix := string(key.AppendDataSet(nil, set.Name))
		for _, k := range slices.Sorted(maps.Keys(t.writes)) {
			if len(k) > len(prefix) && k[:len(prefix)] == prefix {
				value := t.writes[k]
				list = append(list, Write{Set: set.Name, Key: Text(k[len(prefix):]), Value: value, Deleted: value == nil})
			}
		}
	}
	return list
}

// held are the scopes that the Host's connection is subscribed to.
type held map[abi.Scope]bool

// Holds implements sandbox.Held.
func (h held) Holds(s abi.Scope) bool { return h[s] }

// Count implements sandbox.Held.
func (h held) Count() int { return len(h) }

func (h held) apply(changes []sandbox.Change) {
	for _, c := range changes {
		switch c.Kind {
		case sandbox.Subscribe:
			h[c.Scope] = true
		case sandbox.Unsubscribe:
			delete(h, c.Scope)
		}
	}
}
