package guest_test

import (
	"maps"
	"slices"
	"testing"

	"workcell/abi"
	"workcell/abi/conformance"
	"workcell/guests/guest"
	"workcell/guests/probe"
)

// The stub and the SDK in front of it mean by the interface what a host means: host/sandbox runs the same suite.
func TestTheStubConforms(t *testing.T) { conformance.Run(t, stubTarget{}) }

// stubTarget is the probe on a stub of its own for each call.
type stubTarget struct{}

func (stubTarget) Manifest(*testing.T) *abi.Manifest {
	m := probe.Module()
	return m.Manifest()
}

func (stubTarget) Sandboxed() bool { return false }

func (stubTarget) Call(_ *testing.T, c *conformance.Call) *conformance.Result {
	s := guest.NewStub(loader(c.Data))
	s.Call(2000, nil)
	s.Module = probe.Module()
	s.Identity, s.Settings, s.TimeMS, s.Seed = c.Identity, c.Settings, c.TimeMS, c.Seed-1
	for _, held := range c.Held {
		s.Held[held] = true
	}

	result := &conformance.Result{}
	func() {
		defer func() { result.Trapped = recover() != nil }()
		committed := s.Call(c.Route, c.Request)
		result.Reply, result.Log = committed.Reply, committed.Log
		if r := committed.Refusal; r != nil {
			result.Refusal = &conformance.Refusal{Code: r.Code, Field: r.Field, Message: r.Message}
		}
		for _, e := range committed.Events {
			result.Events = append(result.Events, conformance.Event(e))
		}
		for _, r := range committed.Revoked {
			result.Revoked = append(result.Revoked, conformance.Revocation(r))
		}
	}()
	result.Held = slices.Collect(maps.Keys(s.Held))
	for set := range result.Data {
		for pair := range slices.Chunk(s.Pairs(set), 2) {
			result.Data[set] = append(result.Data[set], conformance.Pair{Key: pair[0], Value: pair[1]})
		}
	}
	return result
}

// loader is a module that may write all data sets of the probe, and stores data.
func loader(data [3][]conformance.Pair) guest.Module {
	m := guest.Module{Routes: []guest.Route{{Route: abi.Route{ID: 2000}, Handle: func(c *guest.Call) error {
		for set, pairs := range data {
			for _, p := range pairs {
				c.Put(set, p.Key, p.Value)
			}
		}
		return nil
	}}}}
	for _, set := range []string{"a", "b", "c"} {
		m.DataSets = append(m.DataSets, abi.DataSet{Name: set, Access: abi.AccessWrite})
	}
	return m
}
