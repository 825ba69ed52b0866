package deploy_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"workcell/abi"
	"workcell/host/deploy"
	"workcell/storage"
	"workcell/storage/catalog"
	"workcell/storage/storagetest"
)

func TestAModuleGoesThroughAllStates(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}})
	if got := w.call(2000, ""); got != "1.0.0" {
		t.Fatalf("version zero replies %q", got)
	}
	var seen []string
	d, err := w.machine.Push(t.Context(), deploy.Request{Wasm: hello("1.1.0").wasm(), File: "hello.wasm", Door: deploy.DoorPush},
		func(d catalog.Deployment) { seen = append(seen, string(d.State)) })
	if err != nil || d.State != catalog.Active || d.Name != "hello" || d.Version != "1.1.0" || d.ID != 1 {
		t.Fatalf("pushed with %+v, %v", d, err)
	}
	if got, want := strings.Join(seen, " "), "staged verified compiled imaged self-tested active"; got != want {
		t.Errorf("it went through %s, want %s", got, want)
	}
	if got := w.call(2000, ""); got != "1.1.0" {
		t.Errorf("the new version replies %q", got)
	}
	w.reaches(0, catalog.Retired)
	w.wants("hello 1.0.0 retired, hello 1.1.0 active")

	again, err := w.machine.Push(t.Context(), deploy.Request{Wasm: hello("1.1.0").wasm()}, nil)
	if err != nil || again.ID != d.ID {
		t.Errorf("what is active was pushed again: %+v, %v", again, err)
	}
	history, err := w.machine.History(100)
	if err != nil || len(history) != 8 || history[7].State != catalog.Staged {
		t.Errorf("history %+v, %v", history, err)
	}
}

func TestRollbackPutsBackWhatWasThere(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}, keep: 9})
	one, two := w.push(hello("1.1.0")), w.push(hello("1.2.0"))
	if two.Previous != one.ID {
		t.Errorf("the second one comes after %d", two.Previous)
	}
	for _, want := range []string{"1.1.0", "1.0.0"} {
		d, err := w.machine.Rollback("hello", nil, "it is ugly")
		if err != nil || d.Version != want || w.call(2000, "") != want {
			t.Errorf("rolled back to %+v, %v, which replies %q; want %s", d, err, w.call(2000, ""), want)
		}
	}
	if reason := w.reaches(two.ID, catalog.RolledBack); reason != "it is ugly" {
		t.Errorf("the reason is %q", reason)
	}
	if _, err := w.machine.Rollback("hello", nil, ""); err == nil || !strings.Contains(err.Error(), "nothing to go back from") {
		t.Errorf("version zero was rolled back: %v", err)
	}
	if _, err := w.machine.Rollback("nobody", nil, ""); err == nil || !strings.Contains(err.Error(), `no handler "nobody"`) {
		t.Errorf("what is not there was rolled back: %v", err)
	}
	// and forward again
	if d, err := w.machine.Rollback("hello", &two.ID, "it was the other one"); err != nil || d.Version != "1.2.0" || d.Previous != 0 {
		t.Errorf("put back %+v, %v", d, err)
	}
	if d, err := w.machine.Rollback("hello", &one.ID, ""); err != nil || d.Previous != two.ID {
		t.Errorf("put back %+v, %v", d, err)
	}
	zero, none := catalog.ID(0), catalog.ID(77)
	if d, err := w.machine.Rollback("hello", &zero, ""); err != nil || d.Version != "1.0.0" {
		t.Errorf("put back %+v, %v", d, err)
	}
	if _, err := w.machine.Rollback("hello", &none, ""); err == nil || !strings.Contains(err.Error(), "handler ls") {
		t.Errorf("put back a version that is not there: %v", err)
	}
}

// A push that the store does not take leaves nothing behind: there may be no space for it.
func TestAPushOnADiskThatTakesNoWritesLeavesNothing(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}})
	w.push(hello("1.1.0"))
	w.engine.Fail("apply", storage.ErrReadOnly)
	if _, err := w.machine.Push(t.Context(), deploy.Request{Wasm: hello("1.2.0").wasm()}, nil); !errors.Is(err, storage.ErrReadOnly) {
		t.Errorf("pushed with %v", err)
	}
	files, err := os.ReadDir(filepath.Join(w.dir, deploy.ModulesDir))
	if err != nil || len(files) != 1 {
		t.Errorf("%d files are kept, %v", len(files), err)
	}
	if _, err := w.machine.Verify(t.Context(), deploy.Request{Wasm: hello("1.2.0").wasm()}); err != nil {
		t.Errorf("verified with %v", err)
	}
}

func TestCallsInFlightEndOnTheirVersion(t *testing.T) {
	slow := hello("1.0.0")
	slow.handle = whenAsked("i32.const 100000 local.set 0 loop local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0 end")
	w := newWorld(t, options{builtin: []*guest{slow}, patience: patience})
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for range 30 {
				if got := w.call(2000, "slowly"); !strings.HasPrefix(got, "1.") {
					t.Errorf("a call ended with %s", got)
				}
			}
		})
	}
	for i := range 10 {
		next := *slow
		next.manifest.Version = fmt.Sprintf("1.%d.0", i+1)
		w.push(&next)
		if i%3 == 2 {
			if _, err := w.machine.Rollback("hello", nil, ""); err != nil {
				t.Error(err)
			}
		}
	}
	callers.Wait()
}

func TestHandlersOfSeveralNamesOwnTheirRoutes(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}})
	w.push(named("tiny", 2001))
	if a, b := w.call(2000, ""), w.call(2001, ""); a != "1.0.0" || b != "1.0.0" {
		t.Errorf("replies %q and %q", a, b)
	}
	if err := w.machine.Pause(t.Context(), "tiny", true); err != nil {
		t.Fatal(err)
	}
	if a, b := w.call(2000, ""), w.call(2001, ""); a != "1.0.0" || b != "(failed)" {
		t.Errorf("with one paused: replies %q and %q", a, b)
	}
	if err := w.machine.Pause(t.Context(), "tiny", false); err != nil || w.call(2001, "") != "1.0.0" {
		t.Errorf("resumed with %v, replies %q", err, w.call(2001, ""))
	}
	if err := w.machine.Remove(t.Context(), "tiny", 0); err != nil || w.call(2001, "") != "(nobody)" {
		t.Errorf("removed with %v, replies %q", err, w.call(2001, ""))
	}
	for what, err := range map[string]error{
		"pause what is not there":  w.machine.Pause(t.Context(), "tiny", true),
		"remove what is not there": w.machine.Remove(t.Context(), "tiny", 0),
		"remove version zero":      w.machine.Remove(t.Context(), "hello", 0),
	} {
		if err == nil || !strings.Contains(err.Error(), "workcell handler") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(w.dir, deploy.ModulesDir, "*")); len(files) != 0 {
		t.Errorf("%v are left of what was removed", files)
	}
}

func TestABuiltInRouteIsTakenOverAndGivenBack(t *testing.T) {
	base := hello("1.0.0").with(func(m *abi.Manifest) {
		m.Routes = append(m.Routes, abi.Route{ID: 2005, Name: "other", Kind: abi.KindRead, Reply: 1001})
	})
	w := newWorld(t, options{builtin: []*guest{base}})
	taker := hello("9.0.0").with(func(m *abi.Manifest) { m.Name = "taker" })
	if _, err := w.machine.Push(t.Context(), deploy.Request{Wasm: taker.wasm()}, nil); err == nil || !strings.Contains(err.Error(), "--take-over") {
		t.Errorf("taken over without leave: %v", err)
	}
	stranger := taker.with(func(m *abi.Manifest) { m.DataSets[0].Name = "other" })
	if _, err := w.machine.Push(t.Context(), deploy.Request{Wasm: stranger.wasm(), TakeOver: true}, nil); err == nil || !strings.Contains(err.Error(), "data set hello") {
		t.Errorf("taken over without the data set: %v", err)
	}
	if _, err := w.machine.Push(t.Context(), deploy.Request{Wasm: taker.wasm(), TakeOver: true}, nil); err != nil {
		t.Fatal(err)
	}
	if a, b := w.call(2000, ""), w.call(2005, ""); a != "9.0.0" || b != "1.0.0" {
		t.Errorf("replies %q and %q", a, b)
	}
	w.push(base.with(func(m *abi.Manifest) { m.Version = "1.1.0" })) // does not get the route back
	if a, b := w.call(2000, ""), w.call(2005, ""); a != "9.0.0" || b != "1.1.0" {
		t.Errorf("replies %q and %q", a, b)
	}
	if _, err := w.machine.Rollback("taker", nil, ""); err != nil {
		t.Fatal(err)
	}
	if a, b := w.call(2000, ""), w.call(2005, ""); a != "1.1.0" || b != "1.1.0" {
		t.Errorf("given back: replies %q and %q", a, b)
	}
	another := named("another", 2006).with(func(m *abi.Manifest) { m.Routes[0].Name = "x" })
	w.push(another)
	clash := named("clash", 2006)
	if _, err := w.machine.Push(t.Context(), deploy.Request{Wasm: clash.wasm(), TakeOver: true}, nil); err == nil || !strings.Contains(err.Error(), "handler rm another") {
		t.Errorf("a route of another handler is taken with %v", err)
	}
	clash = named("clash", 2007).with(func(m *abi.Manifest) { m.Routes[0].Name = "x" })
	if _, err := w.machine.Push(t.Context(), deploy.Request{Wasm: clash.wasm()}, nil); err == nil || !strings.Contains(err.Error(), "2007 (x)") {
		t.Errorf("the name of another handler's route is taken with %v", err)
	}
}

func TestWhatIsStoredIsUnderstood(t *testing.T) {
	records := func(version string, writes uint32, reads ...uint32) *guest {
		return hello(version).with(func(m *abi.Manifest) { m.DataSets[0].Reads, m.DataSets[0].Writes = reads, writes })
	}
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}})
	refused := func(g *guest, want string) {
		t.Helper()
		if _, err := w.machine.Push(t.Context(), deploy.Request{Wasm: g.wasm()}, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("pushed with %v, want %q", err, want)
		}
	}
	refused(records("2.0.0", 2, 2), "records of version 1, written since hello 1.0.0")
	refused(records("2.0.1", 2, 1), "reads only version 1")
	w.push(records("2.1.0", 2, 1, 2))
	refused(hello("1.1.0"), "records of version 2, written since hello 2.1.0")
	if _, err := w.machine.Rollback("hello", nil, ""); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("rolled back to what does not understand what is stored: %v", err)
	}
	if got := w.call(2000, ""); got != "2.1.0" {
		t.Errorf("replies %q", got)
	}
	other := named("reader", 2001).with(func(m *abi.Manifest) { m.DataSets[0] = abi.DataSet{Name: "hello", Access: abi.AccessRead} })
	refused(other, "records of version 2")
}

func TestOldVersionsAreForgotten(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}, keep: 2})
	for i := range 6 {
		w.push(hello(fmt.Sprintf("2.%d.0", i)))
	}
	for id := range catalog.ID(6) {
		w.reaches(id, catalog.Retired)
	}
	w.push(hello("3.0.0"))
	w.reaches(6, catalog.Retired)
	w.push(named("tidy", 2001)) // to have it tidied up once more
	w.wants("hello 1.0.0 retired, hello 2.3.0 retired, hello 2.4.0 retired, hello 2.5.0 retired, hello 3.0.0 active, tidy 1.0.0 active")
	files, _ := filepath.Glob(filepath.Join(w.dir, deploy.ModulesDir, "*.wasm"))
	if len(files) != 5 {
		t.Errorf("%d files are kept", len(files))
	}
	if err := w.machine.Remove(t.Context(), "hello", 4); err != nil {
		t.Error(err)
	}
	if err := w.machine.Remove(t.Context(), "hello", 77); err == nil || !strings.Contains(err.Error(), "no version 77") {
		t.Errorf("a version that is not there was removed: %v", err)
	}
	if err := w.machine.Remove(t.Context(), "hello", 6); err == nil || !strings.Contains(err.Error(), "roll back first") {
		t.Errorf("the version to go back to was removed: %v", err)
	}
}

func TestAStartFindsWhatTheCatalogSays(t *testing.T) {
	dir, engine := t.TempDir(), storagetest.NewMemory()
	o := options{builtin: []*guest{hello("1.0.0")}, keep: 5}
	w := worldIn(t, dir, engine, o)
	w.push(hello("1.1.0"))
	two := w.push(hello("1.2.0"))
	w.push(named("tiny", 2001))
	if err := w.machine.Pause(t.Context(), "tiny", true); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(dir, deploy.ModulesDir, ".new-1")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}

	w.stop()
	w = worldIn(t, dir, engine.Crash(0), o)
	if a, b := w.call(2000, ""), w.call(2001, ""); a != "1.2.0" || b != "(failed)" {
		t.Errorf("after a start: replies %q and %q", a, b)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("half a file is still there")
	}

	// A file that is gone, or damaged, takes its version out.
	if err := os.WriteFile(filepath.Join(dir, deploy.ModulesDir, two.Hash+".wasm"), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	engine = w.engine
	w.stop()
	w = worldIn(t, dir, engine.Crash(0), o)
	if got := w.call(2000, ""); got != "1.1.0" {
		t.Errorf("with a damaged file: replies %q", got)
	}
	if notes := w.machine.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "hello 1.2.0 was taken out") {
		t.Errorf("notes %q", notes)
	}
	if d, err := w.machine.Rollback("hello", nil, ""); err != nil || w.call(2000, "") != "1.0.0" {
		t.Errorf("rolled back to %+v, %v", d, err)
	}
}
