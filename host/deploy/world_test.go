package deploy_test

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"workcell/abi"
	"workcell/host/deploy"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
	"workcell/storage/catalog"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

// patience bounds every wait of these tests.
const patience = 60 * time.Second

// cacheDir keeps compiled code for all engines of this process.
var cacheDir string

func TestMain(m *testing.M) {
	var err error
	if cacheDir, err = os.MkdirTemp("", "workcell-cache"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(cacheDir)
	os.Exit(code)
}

// world is a machine with a store in memory, and what it serves.
type world struct {
	t       *testing.T
	dir     string
	engine  *storagetest.Memory
	store   *txn.Store
	machine *deploy.Machine
	stop    func()

	mu       sync.Mutex
	changed  sync.Cond
	services []deploy.Service
	events   []catalog.Event
	calls    uint64
}

// options of a world.
type options struct {
	builtin   []*guest
	keys      string
	keep      int
	threshold deploy.Threshold
	patience  time.Duration // most that a call may wait
	idle      bool          // Run is not called
	log       io.Writer
	started   func(error) // gets the error of Start, which must be nil without it
}

// newWorld starts a machine in a new directory.
func newWorld(t *testing.T, o options) *world {
	return worldIn(t, t.TempDir(), storagetest.NewMemory(), o)
}

// worldIn starts a machine in a directory, until the test ends or stop.
func worldIn(t *testing.T, dir string, engine *storagetest.Memory, o options) *world {
	t.Helper()
	w := &world{t: t, dir: dir, engine: engine}
	w.changed.L = &w.mu
	var err error
	if w.store, err = txn.Open(engine, txn.Config{}); err != nil {
		t.Fatal(err)
	}
	functions := hostcall.Functions()
	box, err := sandbox.New(t.Context(), sandbox.Config{Functions: functions, CacheDir: cacheDir})
	if err != nil {
		t.Fatal(err)
	}
	versions, err := catalog.Open(w.store, filepath.Join(dir, deploy.ModulesDir))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := deploy.ParseKeys(o.keys, dir)
	if err != nil {
		t.Fatal(err)
	}
	cfg := deploy.Config{
		Dir: dir, Engine: box, Functions: functions, MaxPages: 1024, Catalog: versions, Keys: keys, Instances: 4, Keep: max(o.keep, 1),
		Threshold: o.threshold, Patience: o.patience, Log: slog.New(slog.DiscardHandler),
		Use: func(services []deploy.Service) {
			w.note(func() { w.services = services })
		},
		Observe: func(e *catalog.Event) {
			w.note(func() { w.events = append(w.events, *e) })
		},
	}
	if o.log != nil {
		cfg.Log = slog.New(slog.NewTextHandler(o.log, nil))
	}
	for _, g := range o.builtin {
		cfg.Builtin = append(cfg.Builtin, deploy.Builtin{Name: g.manifest.Name, Wasm: g.wasm()})
	}
	w.machine = deploy.New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	w.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
		if err := errors.Join(w.machine.Close(), box.Close(context.Background()), w.store.Close()); err != nil {
			t.Errorf("the machine ended with: %v", err)
		}
	})
	t.Cleanup(w.stop)
	err = w.machine.Start(t.Context())
	if o.started != nil {
		o.started(err)
	} else if err != nil {
		close(ended)
		t.Fatal(err)
	}
	if o.idle || err != nil {
		close(ended)
		return w
	}
	go func() { // ended by stop, which waits for it
		defer close(ended)
		if err := w.machine.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	return w
}

func (w *world) note(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
	w.changed.Broadcast()
}

// until waits until a condition on the events and services holds, and the step that made it so is done.
func (w *world) until(what string, holds func() bool) {
	w.t.Helper()
	defer w.machine.List() // waits for the step
	timeout := time.AfterFunc(patience, func() { w.note(func() {}) })
	defer timeout.Stop()
	started := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	for !holds() {
		if time.Since(started) >= patience {
			w.t.Fatalf("waited in vain until %s; events %+v", what, w.events)
		}
		w.changed.Wait()
	}
}

// reaches waits until a deployment reaches a state, and returns the reason.
func (w *world) reaches(id catalog.ID, state catalog.State) (reason string) {
	w.t.Helper()
	w.until(string(state), func() bool {
		for _, e := range w.events {
			if e.ID == id && e.State == state {
				reason = e.Reason
				return true
			}
		}
		return false
	})
	return reason
}

// push pushes a module that must become active.
func (w *world) push(g *guest) catalog.Deployment {
	w.t.Helper()
	d, err := w.machine.Push(w.t.Context(), deploy.Request{Wasm: g.wasm(), Door: deploy.DoorPush}, nil)
	if err != nil || d.State != catalog.Active {
		w.t.Fatalf("pushed with %+v, %v", d, err)
	}
	return d
}

// call sends a message, and returns the reply, or in brackets how it ended otherwise.
func (w *world) call(route uint32, input string) string {
	w.t.Helper()
	w.mu.Lock()
	services := w.services
	w.mu.Unlock()
	for _, s := range services {
		for _, r := range s.Manifest.Routes {
			if r.ID == route {
				return w.run(s.Runner, route, input)
			}
		}
	}
	return "(nobody)"
}

func (w *world) run(runner deploy.Runner, route uint32, input string) string {
	w.t.Helper()
	tx, err := w.store.Begin()
	if err != nil {
		w.t.Fatal(err)
	}
	defer tx.Discard()
	c := &sandbox.Call{
		Route: route, Input: []byte(input), Identity: &abi.Identity{}, Store: tx, Until: time.Now().Add(patience), Fuel: 1_000_000,
	}
	binary.LittleEndian.PutUint64(c.Seed[:], w.turn())
	out := runner.Run(c, patience)
	if out.Status != sandbox.OK {
		return "(" + out.Status.String() + ")"
	}
	if c.Store != tx {
		w.t.Error("the call came back with another transaction")
	}
	if _, err := tx.Commit(1, nil); err != nil {
		w.t.Fatal(err)
	}
	return string(c.Effects.Reply)
}

// turn returns a seed for the next call: 25, 50 and 75 percent of them are in a share of so many.
func (w *world) turn() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	return 25 * w.calls
}

// states returns "name version state" of all versions that are known.
func (w *world) states() string {
	var all []string
	for _, i := range w.machine.List() {
		all = append(all, cmp.Or(i.Name, "?")+" "+cmp.Or(i.Version, "?")+" "+string(i.State))
	}
	return strings.Join(all, ", ")
}

func (w *world) wants(states string) {
	w.t.Helper()
	if got := w.states(); got != states {
		w.t.Errorf("the versions are\n%s, want\n%s", got, states)
	}
}
