package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"workcell/host/admin"
	"workcell/host/client"
	"workcell/host/client/pmpb"
	"workcell/host/deploy"
	"workcell/host/hosttest"
	"workcell/storage/catalog"
)

// another returns the board with another hash and the same code: a custom section more.
func another(t testing.TB, n int) []byte {
	t.Helper()
	content := fmt.Appendf([]byte{4}, "test%d", n)
	board := hosttest.Guest(t, boardOnly[0])
	return append(append(board[:len(board):len(board)], 0, byte(len(content))), content...)
}

// unlimited lets clients send as fast as they can.
var unlimited = map[string]string{"rate_limit.max_requests": "10000", "rate_limit.window_secs": "1"}

// writers are clients that create items for as long as they are let.
type writers struct {
	stop    context.CancelFunc
	running sync.WaitGroup
	created atomic.Int64
	failed  atomic.Int64

	mu    sync.Mutex
	times []time.Duration // of calls, guarded by mu
}

// write lets clients create items, in eight projects whose keys begin with series, until close.
func write(t testing.TB, a *appliance, series string, clients int) *writers {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	w := &writers{stop: stop}
	var projects []string
	for i := range 8 {
		reply, err := client.Ask[*pmpb.ProjectCreated](soon(t), a.dial(t, ann), &pmpb.CreateProjectRequest{Title: "Garden", Key: series + string(rune('A'+i))})
		if err != nil {
			t.Fatal(err)
		}
		projects = append(projects, reply.Project.Id)
	}
	for i := range clients {
		c := a.dial(t, ann)
		w.running.Go(func() { // ends with close
			for ctx.Err() == nil {
				started := time.Now()
				// The test's context: a call that was sent is answered.
				_, err := client.Ask[*pmpb.WorkItemCreated](t.Context(), c, &pmpb.CreateWorkItemRequest{
					ItemType: pmpb.WorkItemType_TASK, Title: "Dig", ProjectId: projects[i%len(projects)],
				})
				if err != nil {
					w.failed.Add(1)
					t.Errorf("a call failed: %v", err)
					return
				}
				w.created.Add(1)
				w.mu.Lock()
				w.times = append(w.times, time.Since(started))
				w.mu.Unlock()
			}
		})
	}
	return w
}

// close waits for the calls in flight and checks that every item is there, each with a number of its own.
func (w *writers) close(t testing.TB, a *appliance) {
	t.Helper()
	w.stop()
	w.running.Wait()
	c := a.dial(t, ann)
	projects, err := client.Ask[*pmpb.ProjectList](soon(t), c, &pmpb.ListProjectsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	found := int64(0)
	for _, p := range projects.Projects {
		numbers := map[int32]bool{}
		for _, item := range list(t, c, p.Id) {
			numbers[item.ItemNumber] = true
		}
		found += int64(len(numbers))
	}
	if created := w.created.Load(); found != created || created == 0 {
		t.Errorf("%d items are there, %d were acknowledged", found, created)
	}
}

// ship pushes modules and rolls back, while others work.
func ship(t testing.TB, a *appliance, updates, rollbacks int) {
	t.Helper()
	for i := range updates {
		d, err := admin.PushHandler(soon(t), a.dir, deploy.Request{Wasm: another(t, i), File: "board.wasm"}, func(catalog.Deployment) {})
		if err != nil || d.State != catalog.Active {
			t.Fatalf("update %d: %+v, %v", i, d, err)
		}
		if i%2 == 1 && i/2 < rollbacks {
			if d, err = admin.RollbackHandler(soon(t), a.dir, "board", ""); err != nil || d.State != catalog.Active {
				t.Fatalf("rollback %d: %+v, %v", i, d, err)
			}
		}
	}
}

func TestNoCallFailsWhileHandlersAreReplaced(t *testing.T) {
	const clients, updates, rollbacks = 64, 6, 3
	a := start(t, boardOnly, unlimited)
	w := write(t, a, "GD", clients)
	ship(t, a, updates, rollbacks)
	w.close(t, a)
	versions, err := admin.ListHandlers(soon(t), a.dir)
	if err != nil {
		t.Fatal(err)
	}
	active := 0
	for _, v := range versions {
		if v.State == catalog.Active {
			active++
		}
	}
	if active != 1 {
		t.Errorf("%d versions are active: %+v", active, versions)
	}
}

func TestAFileInTheDirectoryIsBroughtIntoService(t *testing.T) {
	a := start(t, boardOnly, nil)
	watched := filepath.Join(a.dir, deploy.WatchedDir)
	name := filepath.Join(watched, "board.wasm")
	wasm := another(t, 1)
	if err := os.MkdirAll(watched, 0o700); err != nil { // the host may not have come to it yet
		t.Fatal(err)
	}
	if err := os.WriteFile(name+".part", wasm, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".part", name); err != nil {
		t.Fatal(err)
	}
	a.awaitHandler(t, func(i deploy.Info) bool {
		return i.Hash == catalog.HashOf(wasm) && i.State == catalog.Active && i.Door == deploy.DoorDirectory
	})
	newProject(t, a.dial(t, ann))
}

// awaitHandler waits until the server says of one version what is wanted.
func (a *appliance) awaitHandler(t testing.TB, wanted func(deploy.Info) bool) deploy.Info {
	t.Helper()
	return awaitHandler(t, a.dir, wanted)
}

func awaitHandler(t testing.TB, dir string, wanted func(deploy.Info) bool) deploy.Info {
	t.Helper()
	ctx := soon(t)
	for {
		versions, err := admin.ListHandlers(ctx, dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range versions {
			if wanted(v) {
				return v
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain; the versions are %+v", versions)
		case <-time.After(10 * time.Millisecond): // the server announces nothing on this socket
		}
	}
}

// A handler that fails its calls is taken out, and clients are served by the one before it.
func TestAHandlerThatFailsIsTakenOut(t *testing.T) {
	a := start(t, []string{boardOnly[0], "./guests/hostile"}, map[string]string{"handler.rollback_failures": "3", "handler.rollback_percent": "10"})
	hostile := hosttest.Guest(t, "./guests/hostile")
	hostile = append(hostile[:len(hostile):len(hostile)], 0, 5, 4, 't', 'e', 's', 't')
	d, err := admin.PushHandler(soon(t), a.dir, deploy.Request{Wasm: hostile, File: "hostile.wasm"}, func(catalog.Deployment) {})
	if err != nil {
		t.Fatal(err)
	}
	c := a.dial(t, ann)
	for i := range 3 {
		behave(t, c, fmt.Sprint("panic", i), hostileWrite, "panic")
	}
	gone := a.awaitHandler(t, func(i deploy.Info) bool { return i.ID == d.ID && i.State == catalog.RolledBack })
	if !strings.Contains(gone.Reason, "3 of 3 calls") || !strings.Contains(gone.Reason, "unreachable") {
		t.Errorf("the reason is %q", gone.Reason)
	}
	a.awaitHandler(t, func(i deploy.Info) bool { return i.Name == "hostile" && i.Builtin && i.State == catalog.Active })
	if got := said(t, behave(t, c, "good", hostileWrite, "put k v")); got != "stored" {
		t.Errorf("the version before it replies %q", got)
	}
	if _, _, body := request(t, "GET", fmt.Sprintf("http://%s/ready", a.host.Address())); !strings.Contains(body, "was taken out") {
		t.Errorf("/ready says %s", body)
	}
	if _, _, body := request(t, "GET", fmt.Sprintf("http://%s/metrics", a.host.Address())); !strings.Contains(body, `pm_handler_versions_total{state="rolled back"} 1`) {
		t.Error("the metrics do not tell of the rollback")
	}
}

// deployer is the real program with failpoints, built once for this test process.
var deployer = struct {
	sync.Once
	path string
}{}

// errLater is for what succeeds before the server is killed.
var errLater = errors.New("the server is killed later")

// A kill at any step leaves one active version of the board: that of the catalog. What was on its way is gone on with.
func TestAKillAtAnyStepOfADeployment(t *testing.T) {
	deployer.Do(func() { deployer.path = hosttest.Binary(t, cacheDir, "failpoints") })
	dir := t.TempDir()
	push := func(n int, trial *catalog.Trial) error {
		_, err := admin.PushHandler(soon(t), dir, deploy.Request{Wasm: another(t, n), File: "board.wasm", Trial: trial}, func(catalog.Deployment) {})
		return err
	}
	rollback := func(int) error {
		_, err := admin.RollbackHandler(soon(t), dir, "board", "")
		return err
	}
	pushed := func(n int) error { return push(n, nil) }
	for n, test := range []struct {
		point string
		do    func(n int) error
		ends  catalog.State // of the module that was pushed; empty: nothing is known of it
	}{
		{"stored", pushed, ""},
		{"staged", pushed, catalog.Active},
		{"verified", pushed, catalog.Active},
		{"compiled", pushed, catalog.Active},
		{"imaged", pushed, catalog.Active},
		{"self-tested", pushed, catalog.Active},
		{"activating", pushed, catalog.Active},
		{"activated", pushed, catalog.Active},
		{"swapped", pushed, catalog.Active},
		{"retiring", func(n int) error {
			if err := push(n, nil); err != nil {
				t.Error(err)
			}
			return errLater
		}, catalog.Active},
		{"rolling back", rollback, ""},
		{"rolled back", rollback, ""},
		{"trying", func(n int) error { return push(n, &catalog.Trial{Percent: 50, Calls: 1000}) }, catalog.OnTrial},
		{"tried", func(n int) error {
			if err := rollback(n); err != nil { // of the trial before it
				return err
			}
			return push(n, &catalog.Trial{Shadow: true, Calls: 1000})
		}, catalog.OnTrial},
		{"rejected", func(int) error {
			_, err := admin.PushHandler(soon(t), dir, deploy.Request{Wasm: []byte("\x00asm\x01\x00\x00\x00")}, func(catalog.Deployment) {})
			return err
		}, ""},
		{"removed", func(int) error { return admin.RemoveHandler(soon(t), dir, "board", "") }, ""},
	} {
		t.Run(test.point, func(t *testing.T) {
			// With a short patience versions drain soon.
			p := spawnAs(t, dir, deployer.path, "WORKCELL_FAILPOINT="+test.point, "PM_HANDLER_TIMEOUT_SECS=1")
			before := activeBoard(t, dir)
			if err := test.do(n + 100); err == nil {
				t.Fatal("the server has survived")
			}
			var exit *exec.ExitError
			if err := p.Wait(); !errors.As(err, &exit) || exit.Exited() {
				t.Fatalf("the server ended with %v", err)
			}

			p = spawnAs(t, dir, deployer.path)
			hash := catalog.HashOf(another(t, n+100))
			if test.ends != "" {
				awaitHandler(t, dir, func(i deploy.Info) bool { return i.Hash == hash && i.State == test.ends })
			}
			after := activeBoard(t, dir)
			switch {
			case test.ends == catalog.Active && after.Hash != hash:
				t.Errorf("%s is active, want the one that was pushed", after.Hash)
			case (test.point == "stored" || test.point == "rolling back" || test.ends == catalog.OnTrial || test.point == "rejected") && after.ID != before.ID:
				t.Errorf("version %d is active, want %d as before", after.ID, before.ID)
			case test.point == "rolled back" && after.ID != before.Previous:
				t.Errorf("version %d is active, want %d", after.ID, before.Previous)
			}
			wantTidy(t, dir)
			exchange(t, p.raw(t, ann), marshal(t, identified(fmt.Sprint("p", n), &pmpb.CreateProjectRequest{Title: "Garden", Key: "GD" + string(rune('A'+n))})))
			p.kill(t)
		})
	}
}

// activeBoard returns the one version of the board that is active.
func activeBoard(t *testing.T, dir string) deploy.Info {
	t.Helper()
	versions, err := admin.ListHandlers(soon(t), dir)
	if err != nil {
		t.Fatal(err)
	}
	var active []deploy.Info
	for _, v := range versions {
		if v.Name == "board" && v.State == catalog.Active {
			active = append(active, v)
		}
	}
	if len(active) != 1 || active[0].Routes == 0 {
		t.Fatalf("%d versions are active: %+v", len(active), versions)
	}
	return active[0]
}

// wantTidy asserts that the directory of modules holds those of the versions that are kept, and nothing else.
func wantTidy(t *testing.T, dir string) {
	t.Helper()
	versions, err := admin.ListHandlers(soon(t), dir)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for _, v := range versions {
		if !v.Builtin && v.State != catalog.Rejected {
			kept[v.Hash+".wasm"] = true
		}
	}
	files, err := os.ReadDir(filepath.Join(dir, deploy.ModulesDir))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !kept[f.Name()] {
			t.Errorf("the file %s is left over", f.Name())
		}
	}
	if len(files) < len(kept) {
		t.Errorf("%d files for %d modules", len(files), len(kept))
	}
}
