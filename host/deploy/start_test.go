package deploy_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"workcell/abi"
	"workcell/host/deploy"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
	"workcell/storage"
	"workcell/storage/catalog"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

// interrupted returns a store whose catalog was left by a server that ended in the middle of something.
func interrupted(t *testing.T, dir string, modules []*guest, deployments ...catalog.Deployment) *storagetest.Memory {
	t.Helper()
	engine := storagetest.NewMemory()
	store, err := txn.Open(engine, txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	c, err := catalog.Open(store, filepath.Join(dir, deploy.ModulesDir))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range modules {
		if _, err := c.Store(g.wasm()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Apply(t.Context(), catalog.Change{Put: deployments}); err != nil {
		t.Fatal(err)
	}
	return engine.Crash(0)
}

func TestWhatWasOnItsWayIsGoneOnWithOnce(t *testing.T) {
	for _, state := range []catalog.State{catalog.Staged, catalog.Verified, catalog.Compiled, catalog.Imaged, catalog.SelfTested} {
		for attempts, want := range map[int]catalog.State{1: catalog.Active, 2: catalog.Rejected} {
			dir, next := t.TempDir(), hello("1.1.0")
			d := catalog.Deployment{ID: 7, Hash: catalog.HashOf(next.wasm()), State: state, Door: deploy.DoorPush, Attempts: attempts}
			w := worldIn(t, dir, interrupted(t, dir, []*guest{next}, d), options{builtin: []*guest{hello("1.0.0")}})
			reason := w.reaches(7, want)
			if want == catalog.Rejected && (w.call(2000, "") != "1.0.0" || !strings.Contains(reason, "2 times")) {
				t.Errorf("%s, attempt %d: replies %q, for %q", state, attempts, w.call(2000, ""), reason)
			}
			w.stop()
		}
	}
}

func TestWhatIsMissingAfterAKillIsRefused(t *testing.T) {
	dir, gone := t.TempDir(), hello("1.1.0")
	hash := catalog.HashOf(gone.wasm())
	engine := interrupted(
		t, dir, nil,
		catalog.Deployment{ID: 1, Hash: hash, State: catalog.Staged, Attempts: 1},
		catalog.Deployment{ID: 2, Hash: hash, Name: "hello", Version: "1.1.0", State: catalog.Active},
		catalog.Deployment{ID: 3, Hash: hash, Name: "hello", Version: "1.1.0", State: catalog.Draining},
		catalog.Deployment{ID: 4, Hash: hash, Name: "hello", Version: "1.1.0", State: catalog.OnTrial, Trial: &catalog.Trial{Percent: 1, Calls: 1}},
	)
	w := worldIn(t, dir, engine, options{builtin: []*guest{hello("1.0.0")}, keep: 9})
	w.reaches(1, catalog.Rejected)
	if got := w.call(2000, ""); got != "1.0.0" {
		t.Errorf("replies %q", got)
	}
	w.wants("hello 1.0.0 active, ? ? rejected, hello 1.1.0 rolled back, hello 1.1.0 retired, hello 1.1.0 rolled back")
}

func TestATrialGoesOnAfterAStart(t *testing.T) {
	dir, fresh := t.TempDir(), hello("1.1.0")
	d := catalog.Deployment{
		ID: 1, Hash: catalog.HashOf(fresh.wasm()), Name: "hello", Version: "1.1.0", State: catalog.OnTrial,
		Trial: &catalog.Trial{Percent: 50, Calls: 2},
	}
	w := worldIn(t, dir, interrupted(t, dir, []*guest{fresh}, d), options{builtin: []*guest{hello("1.0.0")}})
	for range 4 {
		w.call(2000, "")
	}
	w.reaches(1, catalog.Active)
}

// Going back from a version that is lost ends, whatever was put back when, and ends with what fits beside the others.
func TestAStartGoesBackAsFarAsItMust(t *testing.T) {
	version := func(id, previous catalog.ID, g *guest, state catalog.State) catalog.Deployment {
		return catalog.Deployment{
			ID: id, Previous: previous, Hash: catalog.HashOf(g.wasm()), Name: g.manifest.Name, Version: g.manifest.Version, State: state,
		}
	}
	one, two, three := hello("1.1.0"), hello("1.2.0"), hello("1.3.0")
	clash := hello("1.4.0").with(func(m *abi.Manifest) { m.Routes[0].ID, m.Routes[0].Name = 2001, "other" })
	for what, test := range map[string]struct {
		there []*guest
		d     []catalog.Deployment
		want  string
	}{
		"around in a circle": {
			d: []catalog.Deployment{
				version(1, 3, one, catalog.RolledBack), version(2, 1, two, catalog.Draining), version(3, 2, three, catalog.RolledBack),
				version(4, 3, clash, catalog.Active),
			},
			want: "hello 1.0.0 active, hello 1.1.0 rolled back, hello 1.2.0 rolled back, hello 1.3.0 rolled back, hello 1.4.0 rolled back",
		},
		"past one whose route has another owner by now": {
			there: []*guest{one, clash, named("other", 2001)},
			d: []catalog.Deployment{
				version(1, 0, one, catalog.Retired), version(2, 1, clash, catalog.Retired), version(3, 2, three, catalog.Active),
				version(4, 0, named("other", 2001), catalog.Active),
			},
			want: "hello 1.0.0 retired, hello 1.1.0 active, hello 1.4.0 rolled back, hello 1.3.0 rolled back, other 1.0.0 active",
		},
	} {
		dir := t.TempDir()
		w := worldIn(t, dir, interrupted(t, dir, test.there, test.d...), options{builtin: []*guest{hello("1.0.0")}, keep: 9})
		if got := w.states(); got != test.want {
			t.Errorf("%s: the versions are\n%s, want\n%s", what, got, test.want)
		}
	}
}

// A disk that takes no writes keeps nobody from reading: what the start has found is found again at the next one.
func TestAStartOnADiskThatTakesNoWrites(t *testing.T) {
	o := options{builtin: []*guest{hello("1.0.0")}, keep: 9, patience: patience}
	const found = "hello 1.0.0 retired, hello 1.1.0 retired, hello 1.2.0 active"
	w := newWorld(t, o)
	w.push(hello("1.1.0"))
	w.push(hello("1.2.0"))
	w.wants("hello 1.0.0 retired, hello 1.1.0 draining, hello 1.2.0 active")
	w.stop()

	engine := w.engine.Crash(0)
	engine.Fail("apply", storage.ErrReadOnly)
	w = worldIn(t, w.dir, engine, o)
	w.wants(found)
	if got := w.call(2000, ""); got != "1.2.0" {
		t.Errorf("replies %q", got)
	}
	w.stop()
	engine.Fail("apply", nil)
	w = worldIn(t, w.dir, engine.Crash(0), o)
	w.wants(found)
	if history, err := w.machine.History(1); err != nil || len(history) != 1 || history[0].State != catalog.Retired {
		t.Errorf("history %+v, %v", history, err)
	}
	w.stop()

	// What may be stored from now on is not known afterwards: then there is no start.
	engine, refused := storagetest.NewMemory(), error(nil)
	engine.Fail("apply", storage.ErrReadOnly)
	o.started = func(err error) { refused = err }
	if newWorld := worldIn(t, t.TempDir(), engine, o); !errors.Is(refused, storage.ErrReadOnly) {
		t.Errorf("started with %v: %s", refused, newWorld.states())
	}
}

// A program whose own handler does not understand what is stored does not start.
func TestAStartWithRecordsOfTheFutureIsRefused(t *testing.T) {
	dir, engine := t.TempDir(), storagetest.NewMemory()
	store, err := txn.Open(engine, txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	c, err := catalog.Open(store, filepath.Join(dir, deploy.ModulesDir))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Apply(t.Context(), catalog.Change{Stored: map[string]catalog.Stored{"hello": {9: "hello 9.0.0"}}}); err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.New(t.Context(), sandbox.Config{Functions: hostcall.Functions(), CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	m := deploy.New(deploy.Config{
		Dir: dir, Engine: box, Catalog: c, Builtin: []deploy.Builtin{{Name: "hello", Wasm: hello("1.0.0").wasm()}}, Log: slog.New(slog.DiscardHandler),
	})
	defer func() {
		if err := errors.Join(m.Close(), box.Close(context.Background())); err != nil {
			t.Error(err)
		}
	}()
	if err := m.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "records of version 9, written since hello 9.0.0") {
		t.Errorf("started with %v", err)
	}
}
