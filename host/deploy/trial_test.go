package deploy_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"workcell/abi"
	"workcell/host/deploy"
	"workcell/host/sandbox"
	"workcell/storage/catalog"
)

// strict takes out what fails three times.
var strict = deploy.Threshold{Failures: 3, Percent: 10, Window: time.Hour}

// tried pushes a module on trial.
func (w *world) tried(g *guest, policy catalog.Trial) catalog.Deployment {
	w.t.Helper()
	d, err := w.machine.Push(w.t.Context(), deploy.Request{Wasm: g.wasm(), Trial: &policy}, nil)
	if err != nil || d.State != catalog.OnTrial {
		w.t.Fatalf("pushed with %+v, %v", d, err)
	}
	return d
}

func TestAShareOfCallsGoesToTheVersionOnTrial(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}})
	d := w.tried(hello("1.1.0"), catalog.Trial{Percent: 25, Calls: 3})
	replies := map[string]int{}
	for range 12 {
		replies[w.call(2000, "")]++
	}
	if replies["1.1.0"] != 3 || replies["1.0.0"] != 9 {
		t.Errorf("of 12 calls: %v", replies)
	}
	if reason := w.reaches(d.ID, catalog.Active); !strings.Contains(reason, "0 of 3 calls failed") {
		t.Errorf("it became active for %q", reason)
	}
	if got := w.call(2000, ""); got != "1.1.0" {
		t.Errorf("after its trial it replies %q", got)
	}
}

// The share is decided for a message, not for each run: whoever loses a conflict runs again on the same version.
func TestACallThatRunsAgainStaysWithItsVersion(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}})
	w.tried(hello("1.1.0"), catalog.Trial{Percent: 30, Calls: 1000})
	w.mu.Lock()
	runner := w.services[0].Runner
	w.mu.Unlock()
	tx, err := w.store.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Discard()
	fresh := 0
	for seed := range byte(100) {
		c := &sandbox.Call{Route: 2000, Identity: &abi.Identity{}, Store: tx, Until: time.Now().Add(patience), Seed: [32]byte{seed}}
		var replies []string
		for range 3 {
			if out := runner.Run(c, patience); out.Status != sandbox.OK {
				t.Fatalf("a call ended with %v", out)
			}
			replies = append(replies, string(c.Effects.Reply))
			c.Reset()
		}
		if replies[0] != replies[1] || replies[1] != replies[2] {
			t.Errorf("the runs of one call reply %q", replies)
		}
		if replies[0] == "1.1.0" {
			fresh++
		}
	}
	if fresh != 30 {
		t.Errorf("%d of 100 calls went to the new version", fresh)
	}
}

func TestAFailureOnTrialIsNoClientsBusiness(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}, threshold: strict, patience: patience})
	bad := hello("1.1.0")
	bad.handle = put(0, 'k', 'x') + "unreachable"
	d := w.tried(bad, catalog.Trial{Percent: 50, Calls: 1000})
	for range 8 {
		if got := w.call(2000, ""); got != "1.0.0" {
			t.Errorf("a client got %q", got)
		}
	}
	if reason := w.reaches(d.ID, catalog.RolledBack); !strings.Contains(reason, "3 of 3 calls") || !strings.Contains(reason, "unreachable") {
		t.Errorf("it was taken out for %q", reason)
	}
	w.wants("hello 1.0.0 active, hello 1.1.0 rolled back")
	if w.stored("k") != "" {
		t.Error("a failed call has left a write behind")
	}
}

// stored returns what is under a key of the data set "hello".
func (w *world) stored(key string) string {
	w.t.Helper()
	tx, err := w.store.Begin()
	if err != nil {
		w.t.Fatal(err)
	}
	defer tx.Discard()
	value, _, err := tx.Get([]byte("dhello\x00" + key))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(value)
}

func TestAShadowChangesNothingAndSeesDifferences(t *testing.T) {
	old, same := hello("1.0.0"), hello("1.0.0")
	old.handle, same.handle = put(0, 'k', 'v'), put(0, 'k', 'v')
	same.warm = "nop" // another hash
	w := newWorld(t, options{builtin: []*guest{old}, keep: 9})

	d := w.tried(same, catalog.Trial{Shadow: true, Calls: 3})
	for range 3 {
		if got := w.call(2000, ""); got != "1.0.0" || w.stored("k") != "v" {
			t.Errorf("replies %q and stores %q", got, w.stored("k"))
		}
	}
	w.reaches(d.ID, catalog.Active)

	writer := hello("1.0.0")
	writer.handle = put(0, 'k', 'w')
	replier := hello("1.0.1")
	replier.handle = put(0, 'k', 'v')
	trapper := hello("1.0.0")
	trapper.handle = "unreachable"
	for what, test := range map[string]struct {
		g    *guest
		want string
	}{"writes": {writer, "wrote something else"}, "replies": {replier, "another reply"}, "traps": {trapper, "trapped (unreachable) instead of ok"}} {
		d := w.tried(test.g, catalog.Trial{Shadow: true, Calls: 2})
		for range 2 {
			if got := w.call(2000, ""); got != "1.0.0" || w.stored("k") != "v" {
				t.Errorf("%s: replies %q and stores %q", what, got, w.stored("k"))
			}
		}
		if reason := w.reaches(d.ID, catalog.RolledBack); !strings.Contains(reason, "2 of 2 calls") || !strings.Contains(reason, test.want) {
			t.Errorf("%s: taken out for %q, want %q", what, reason, test.want)
		}
	}
}

func TestTheReportOfATrialIsShown(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}})
	d := w.tried(hello("1.1.0"), catalog.Trial{Shadow: true, Calls: 10})
	w.call(2000, "")
	list := w.machine.List()
	r := list[len(list)-1].Report
	if r == nil || r.Calls != 1 || r.Differences != 1 || r.FuelBefore == 0 || r.FuelWithNew == 0 || !strings.Contains(r.First, "route 2000") {
		t.Errorf("the report is %+v", r)
	}
	if _, err := w.machine.Push(t.Context(), deploy.Request{Wasm: hello("1.2.0").wasm(), Trial: &catalog.Trial{Shadow: true, Calls: 1}}, nil); err == nil || !strings.Contains(err.Error(), "on trial") {
		t.Errorf("a second trial began with %v", err)
	}
	for _, pause := range []bool{true, false} {
		want := map[bool]string{true: "(failed)", false: "1.0.0"}[pause]
		if err := w.machine.Pause(t.Context(), "hello", pause); err != nil || w.call(2000, "") != want {
			t.Errorf("paused %t with %v: replies %q, want %q", pause, err, w.call(2000, ""), want)
		}
	}
	if ended, err := w.machine.Rollback("hello", nil, "enough"); err != nil || ended.ID != d.ID || ended.State != catalog.RolledBack {
		t.Errorf("ended with %+v, %v", ended, err)
	}
	d = w.tried(hello("1.3.0"), catalog.Trial{Percent: 10, Calls: 10})
	w.push(hello("1.4.0"))
	if reason := w.reaches(d.ID, catalog.RolledBack); !strings.Contains(reason, "cut short by hello 1.4.0") {
		t.Errorf("the trial ended for %q", reason)
	}
}

func TestAVersionThatFailsTooOftenIsTakenOut(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}, threshold: strict})
	bad := hello("1.1.0")
	bad.handle = whenAsked("unreachable")
	d := w.push(bad)
	for range 2 {
		w.call(2000, "fail")
	}
	for range 40 { // so many good ones that ten percent are far
		w.call(2000, "")
	}
	w.call(2000, "fail")
	if got := w.states(); got != "hello 1.0.0 retired, hello 1.1.0 active" {
		t.Errorf("after 3 failures of 43: %s", got)
	}
	for range 2 {
		w.call(2000, "fail")
	}
	if reason := w.reaches(d.ID, catalog.RolledBack); !strings.Contains(reason, "5 of 45 calls") {
		t.Errorf("taken out for %q", reason)
	}
	if got := w.call(2000, "fail"); got != "1.0.0" {
		t.Errorf("afterwards it replies %q", got)
	}
	if notes := w.machine.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "hello 1.1.0") {
		t.Errorf("notes %q", notes)
	}

	// Without the version before it, version zero is put back.
	w.push(hello("1.0.5"))
	last := *bad
	last.manifest.Version = "1.2.0"
	d = w.push(&last)
	w = w.again(options{builtin: []*guest{hello("1.0.0")}, threshold: strict})
	if err := os.Remove(filepath.Join(w.dir, deploy.ModulesDir, catalog.HashOf(hello("1.0.5").wasm())+".wasm")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.call(2000, "fail")
	}
	if reason := w.reaches(d.ID, catalog.RolledBack); !strings.Contains(reason, "3 of 3 calls") || !strings.Contains(reason, "no such file") {
		t.Errorf("taken out for %q", reason)
	}
	if got := w.call(2000, "fail"); got != "1.0.0" {
		t.Errorf("afterwards it replies %q", got)
	}

	// Version zero has nothing to go back to: it stays.
	zero := newWorld(t, options{builtin: []*guest{bad}, threshold: strict})
	for range 9 {
		zero.call(2000, "fail")
	}
	zero.wants("hello 1.1.0 active")
}

func TestRefusalsDoNotHideTheirCause(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}})
	_, err := w.machine.Push(t.Context(), deploy.Request{Wasm: []byte("\x00asm\x01\x00\x00\x00\xff")}, nil)
	refusal, ok := errors.AsType[*deploy.Refusal](err)
	if !ok || refusal.Before != catalog.Verified || refusal.Cause == nil {
		t.Errorf("refused with %#v", err)
	}
}
