package sandbox_test

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"workcell/abi"
	"workcell/abi/conformance"
	"workcell/host/hosttest"
	"workcell/host/sandbox"
	"workcell/storage/key"
)

// The sandbox and the SDK in it mean by the interface what guest.Stub means: guests/guest runs the same suite.
func TestTheSandboxConforms(t *testing.T) {
	module := load(t, newEngine(t), hosttest.Guest(t, "./guests/probe/main"))
	conformance.Run(t, &target{pool: sandbox.NewPool(module, 1)})
}

// target is the probe in a sandbox.
type target struct{ pool *sandbox.Pool }

func (s *target) Manifest(*testing.T) *abi.Manifest { return s.pool.Module().Manifest() }

func (s *target) Sandboxed() bool { return true }

func (s *target) Call(t *testing.T, c *conformance.Call) *conformance.Result {
	sets := s.pool.Module().Manifest().DataSets
	store := newMemory()
	for set, pairs := range c.Data {
		for _, p := range pairs {
			store.pairs[string(append(key.AppendDataSet(nil, sets[set].Name), p.Key...))] = p.Value
		}
	}
	before := maps.Clone(store.pairs)
	result := &conformance.Result{Held: c.Held}
	call := &sandbox.Call{
		Route: c.Route, Input: c.Request, Identity: &c.Identity, NowMS: c.TimeMS, Store: store, ReadOnly: c.Route != 2000 && c.Route != 2004,
		Settings: c.Settings, Held: held(c.Held), Limits: sandbox.Limits{}.WithDefaults(), Until: time.Now().Add(patience), Fuel: ample,
		Log: func(_ int, line string) { result.Log = append(result.Log, line) },
	}
	binary.LittleEndian.PutUint64(call.Seed[:], c.Seed)
	switch out := s.pool.Run(call, patience); out.Status {
	case sandbox.OK:
		commit(result, &call.Effects)
	case sandbox.Refused:
		refusal := conformance.Refusal(call.Effects.Refusal)
		result.Refusal, store.pairs = &refusal, before
	case sandbox.Trapped:
		result.Trapped, result.Log, store.pairs = true, nil, before
	default:
		t.Fatalf("the call ended with %+v", out)
	}
	for set := range result.Data {
		prefix := string(key.AppendDataSet(nil, sets[set].Name))
		for _, name := range slices.Sorted(maps.Keys(store.pairs)) {
			if rest, ok := strings.CutPrefix(name, prefix); ok {
				result.Data[set] = append(result.Data[set], conformance.Pair{Key: []byte(rest), Value: store.pairs[name]})
			}
		}
	}
	return result
}

// commit makes real what a call did.
func commit(result *conformance.Result, effects *sandbox.Effects) {
	result.Reply = effects.Reply
	for _, e := range effects.Events {
		result.Events = append(result.Events, conformance.Event(e))
	}
	holds := slices.Clone(result.Held)
	for _, change := range effects.Changes {
		switch change.Kind {
		case sandbox.Subscribe:
			holds = append(holds, change.Scope)
		case sandbox.Unsubscribe:
			holds = slices.DeleteFunc(holds, func(s abi.Scope) bool { return s == change.Scope })
		case sandbox.Revoke:
			result.Revoked = append(result.Revoked, conformance.Revocation{Scope: change.Scope, User: change.User})
		}
	}
	result.Held = holds
}

type held []abi.Scope

func (h held) Holds(s abi.Scope) bool { return slices.Contains(h, s) }
func (h held) Count() int             { return len(h) }
