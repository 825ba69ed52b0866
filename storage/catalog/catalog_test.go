package catalog_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"workcell/storage"
	"workcell/storage/catalog"
	"workcell/storage/key"
	"workcell/storage/storagetest"
	"workcell/storage/txn"
)

// world is a store in memory and a directory.
type world struct {
	engine *storagetest.Memory
	store  *txn.Store
	dir    string
}

func newWorld(t *testing.T, engine *storagetest.Memory, dir string) *world {
	t.Helper()
	store, err := txn.Open(engine, txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return &world{engine, store, dir}
}

func (w *world) open(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Open(w.store, filepath.Join(w.dir, "modules"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func read(t *testing.T, c *catalog.Catalog) *catalog.Contents {
	t.Helper()
	contents, err := c.Read()
	if err != nil {
		t.Fatal(err)
	}
	return contents
}

func apply(t *testing.T, c *catalog.Catalog, change catalog.Change) []catalog.Event {
	t.Helper()
	events, err := c.Apply(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestWhatIsAppliedIsReadBackAfterACrash(t *testing.T) {
	w := newWorld(t, storagetest.NewMemory(), t.TempDir())
	c := w.open(t)
	if empty := read(t, c); len(empty.Deployments)+len(empty.Stored)+len(empty.Paused) != 0 {
		t.Errorf("a new catalog holds %+v", empty)
	}
	came := time.Unix(1_700_000_000, 0).UTC()
	one := catalog.Deployment{
		ID: 1, Hash: "h1", Name: "board", Version: "1.1.0", State: catalog.Active, Reason: "r", Door: "push", File: "f",
		Signer: "k", TakeOver: true, Trial: &catalog.Trial{Percent: 5, Calls: 10}, Attempts: 1, Came: came, Changed: came,
	}
	two := catalog.Deployment{ID: 300, Hash: "h2", State: catalog.Staged, Door: "directory", Previous: 1, Came: came, Changed: came}
	events := apply(t, c, catalog.Change{
		Put: []catalog.Deployment{two, one}, Stored: map[string]catalog.Stored{"board": {1: "board 1.0.0", 2: "board 1.1.0"}},
		Paused: map[string]bool{"tiny": true},
		Events: []catalog.Event{{ID: 1, State: catalog.Staged}, {ID: 1, From: catalog.Staged, State: catalog.Active, Reason: "r"}},
	})
	if len(events) != 2 || events[0].Number != 1 || events[1].Number != 2 || events[0].Time.IsZero() {
		t.Errorf("events %+v", events)
	}

	again := newWorld(t, w.engine.Crash(0), w.dir).open(t)
	want := &catalog.Contents{
		Deployments: []catalog.Deployment{one, two}, Paused: map[string]bool{"tiny": true},
		Stored: map[string]catalog.Stored{"board": {1: "board 1.0.0", 2: "board 1.1.0"}},
	}
	if got := read(t, again); !reflect.DeepEqual(got, want) {
		t.Errorf("after a crash\n%+v, want\n%+v", got, want)
	}
	apply(t, again, catalog.Change{Remove: []catalog.ID{1}, Paused: map[string]bool{"tiny": false}, Events: []catalog.Event{{ID: 300, State: catalog.Rejected}}})
	if got := read(t, again); len(got.Deployments) != 1 || got.Deployments[0].ID != 300 || len(got.Paused) != 0 {
		t.Errorf("after a removal %+v", got)
	}
	history, err := again.History(2)
	if err != nil || len(history) != 2 || history[0].Number != 3 || history[0].State != catalog.Rejected || history[1].Number != 2 {
		t.Errorf("history %+v, %v", history, err)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	c := newWorld(t, storagetest.NewMemory(), t.TempDir()).open(t)
	events := make([]catalog.Event, 100)
	for range catalog.MaxEvents/len(events) + 1 {
		apply(t, c, catalog.Change{Events: events})
	}
	history, err := c.History(2 * catalog.MaxEvents)
	if err != nil || len(history) != catalog.MaxEvents || history[0].Number != uint64(catalog.MaxEvents+len(events)) {
		t.Errorf("%d events are kept, %v", len(history), err)
	}
}

func TestAChangeThatIsNotDurableIsAnError(t *testing.T) {
	w := newWorld(t, storagetest.NewMemory(), t.TempDir())
	c := w.open(t)
	broken := errors.New("broken")
	w.engine.Fail("sync", broken)
	if _, err := c.Apply(t.Context(), catalog.Change{Put: []catalog.Deployment{{ID: 1}}}); !errors.Is(err, storage.ErrUncertain) {
		t.Errorf("applied with %v", err)
	}
}

func TestModulesAreKeptByTheirHash(t *testing.T) {
	w := newWorld(t, storagetest.NewMemory(), t.TempDir())
	c := w.open(t)
	wasm := []byte("\x00asm module")
	hash, err := c.Store(wasm)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.Store(wasm); again != hash || err != nil {
		t.Errorf("stored again as %s, %v", again, err)
	}
	if got, err := c.Load(hash); string(got) != string(wasm) || err != nil {
		t.Errorf("loaded %q, %v", got, err)
	}
	file := filepath.Join(w.dir, "modules", hash+".wasm")
	if err := os.WriteFile(file, wasm[:5], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Load(hash); !errors.Is(err, catalog.ErrDamaged) {
		t.Errorf("a damaged file is loaded with %v", err)
	}
	if _, err := c.Store(wasm); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Load(hash); err != nil {
		t.Errorf("a damaged file was not replaced: %v", err)
	}

	other, err := c.Store([]byte("other"))
	if err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(w.dir, "modules", ".new-123")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Sweep(map[string]bool{hash: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Load(hash); err != nil {
		t.Error(err)
	}
	if _, err := c.Load(other); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what nobody names is still there: %v", err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a file is still there: %v", err)
	}
}

func TestDamagedRowsAreFound(t *testing.T) {
	for _, test := range []struct {
		id, row string
		ok      bool
	}{
		{"d\x00\x00\x00\x00\x00\x00\x00\x01", "\x01{}", true},
		{"e\x00", "\x01{}", true},
		{"sboard", "\x01{\"1\":\"board\"}", true},
		{"ptiny", "\x01true", true},
		{"", "\x01{}", false},
		{"x", "\x01{}", false},
		{"d", "", false},
		{"d", "\x02{}", false},
		{"d", "\x01{", false},
		{"sboard", "\x01[]", false},
	} {
		if err := catalog.Check([]byte(test.id), []byte(test.row)); (err == nil) != test.ok || err != nil && !errors.Is(err, storage.ErrCorrupt) {
			t.Errorf("%q %q: %v", test.id, test.row, err)
		}
	}
	w := newWorld(t, storagetest.NewMemory(), t.TempDir())
	c := w.open(t)
	tx, err := w.store.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Discard()
	if err := tx.Put(key.AppendCatalog(nil, 'd', []byte("x")), []byte("rubbish")); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(1, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(); !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("read with %v", err)
	}
}
