package deploy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/storage/catalog"
)

// maxTrialCalls is the longest trial.
const maxTrialCalls = 1_000_000

// checkTrial reports what is wrong with how a version is to be tried.
func checkTrial(t *catalog.Trial) error {
	switch {
	case t == nil:
		return nil
	case t.Calls < 1 || t.Calls > maxTrialCalls:
		return refuse(nil, fmt.Sprintf("choose a trial of 1 to %d calls", maxTrialCalls), "a trial of %d calls", t.Calls)
	case !t.Shadow && (t.Percent < 1 || t.Percent > 99):
		return refuse(nil, "choose a share of 1 to 99 percent, or a shadow", "a trial with %d percent of the calls", t.Percent)
	}
	return nil
}

// TrialReport is what a trial has shown so far.
type TrialReport struct {
	Policy      catalog.Trial `json:"policy"`
	Calls       int           `json:"calls"`        // that the new version has handled
	Failed      int           `json:"failed"`       // of these: traps, out of fuel, too slow
	Differences int           `json:"differences"`  // of a shadow
	First       string        `json:"first"`        // difference or failure, in words
	FuelBefore  uint64        `json:"fuel_before"`  // of the old version, in the calls both have handled
	FuelWithNew uint64        `json:"fuel_with_it"` // of the new one, in the same calls
}

// trial runs the calls of routes that both versions take. What the client gets is never worse than what the old version
// would have given it: a call that the new one fails runs again on the old one, on the same state.
type trial struct {
	old, fresh *version
	maxFuel    uint64
	finished   func() // must not block

	mu     sync.Mutex
	report TrialReport // guarded by mu
}

// Run implements Runner.
func (t *trial) Run(c *sandbox.Call, execution time.Duration) sandbox.Outcome {
	if t.report.Policy.Shadow { // the policy does not change
		return t.shadow(c, execution)
	}
	if !chosen(c, t.report.Policy.Percent) {
		return t.old.Run(c, execution)
	}
	return t.share(c, execution)
}

// chosen reports whether a call is one of a share. The seed decides, which is random and belongs to the message: a call that
// runs again after a conflict stays with its version.
func chosen(c *sandbox.Call, percent int) bool {
	return binary.LittleEndian.Uint64(c.Seed[:])%100 < uint64(percent)
}

// share runs c on the new version, and on the old one if that fails.
func (t *trial) share(c *sandbox.Call, execution time.Duration) sandbox.Outcome {
	kept := keep(c)
	writes := newOverlay(c.Store, false)
	out := t.tryNew(c, writes, execution)
	t.note(out, 0, "")
	if failed(out) {
		kept.restore(c)
		return t.old.Run(c, execution)
	}
	if out.Status == sandbox.OK {
		if err := writes.commit(); err != nil {
			out = sandbox.Outcome{Status: sandbox.Failed, Err: err}
		}
	}
	c.Store, c.Fuel = kept.call.Store, kept.call.Fuel
	return out
}

// shadow runs c on both versions, and does what the old one did.
func (t *trial) shadow(c *sandbox.Call, execution time.Duration) sandbox.Outcome {
	kept := keep(c)
	tried := newOverlay(c.Store, false)
	outNew := t.tryNew(c, tried, execution)
	effects := c.Effects.Clone()
	kept.restore(c)
	done := newOverlay(c.Store, true)
	c.Store = done
	outOld := t.old.Run(c, execution)
	c.Store = kept.call.Store
	if outOld.Status != sandbox.Failed && outOld.Status != sandbox.Canceled {
		t.note(outNew, outOld.Fuel, difference(c.Route, outOld, outNew, &c.Effects, &effects, done.equal(tried)))
	}
	return outOld
}

// tryNew runs c on the new version with the fuel that it asks for.
func (t *trial) tryNew(c *sandbox.Call, store *overlay, execution time.Duration) sandbox.Outcome {
	m := t.fresh.manifest()
	if i := slices.IndexFunc(m.Routes, func(r abi.Route) bool { return r.ID == c.Route }); i >= 0 {
		c.Fuel = fuelOf(&m.Routes[i], t.maxFuel)
	}
	c.Store = store
	return t.fresh.Run(c, execution)
}

// fuelOf is the budget of a route's calls.
func fuelOf(r *abi.Route, most uint64) uint64 {
	budget := r.Fuel
	if budget == 0 {
		budget = sandbox.DefaultFuel
	}
	if most > 0 {
		budget = min(budget, most)
	}
	return budget
}

// note counts a call of the new version. before is the fuel of the old one in the same call, if there was one.
func (t *trial) note(out sandbox.Outcome, before uint64, different string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := &t.report
	r.Calls++
	if before > 0 {
		r.FuelBefore, r.FuelWithNew = r.FuelBefore+before, r.FuelWithNew+out.Fuel
	}
	if failed(out) {
		r.Failed++
	}
	if different != "" {
		r.Differences++
	} else if failed(out) {
		different = "a call ended with " + ending(out)
	}
	if r.First == "" {
		r.First = different
	}
	if r.Calls >= r.Policy.Calls { // again and again until somebody has heard it
		t.finished()
	}
}

func (t *trial) progress() TrialReport {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.report
}

// kept is what a Call was before it ran.
type kept struct{ call sandbox.Call }

func keep(c *sandbox.Call) kept { return kept{*c} }

// restore makes c what it was, but for its buffers.
func (k *kept) restore(c *sandbox.Call) {
	c.Reset()
	c.Store, c.Fuel, c.Limits = k.call.Store, k.call.Fuel, k.call.Limits
}

// difference says what a new version did otherwise than the old one, or nothing.
func difference(route uint32, outOld, outNew sandbox.Outcome, effectsOld, effectsNew *sandbox.Effects, sameWrites bool) string {
	what := ""
	switch {
	case outOld.Status != outNew.Status:
		what = fmt.Sprintf("ended with %s instead of %s", ending(outNew), ending(outOld))
	case effectsOld.Refusal != effectsNew.Refusal:
		what = fmt.Sprintf("refused with %s %s instead of %s %s", effectsNew.Refusal.Code, effectsNew.Refusal.Field, effectsOld.Refusal.Code, effectsOld.Refusal.Field)
	case !bytes.Equal(effectsOld.Reply, effectsNew.Reply):
		what = "gave another reply"
	case !sameWrites:
		what = "wrote something else"
	case len(effectsOld.Events)+len(effectsNew.Events) > 0 && !reflect.DeepEqual(effectsOld.Events, effectsNew.Events):
		what = "sent other events"
	case !slices.Equal(effectsOld.Changes, effectsNew.Changes):
		what = "changed subscriptions otherwise"
	default:
		return ""
	}
	return fmt.Sprintf("route %d %s", route, what)
}
