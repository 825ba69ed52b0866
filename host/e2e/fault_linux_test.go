package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// The disk of the real server fills up, through no fault of its own, and has space again.
func TestARealDiskFillsUp(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=160m"); err != nil {
		t.Skipf("NOT RUN: no small file system can be mounted here (it takes root): %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("PM_STORAGE_MEMTABLE_MIB", "1") // needs 76 MiB
	t.Setenv("PM_RATE_LIMIT_MAX_REQUESTS", "10000")
	p := spawn(t, dir)
	c := p.dial(t)
	project := newProject(t, c).Id
	create := func(title string) (code string) {
		t.Helper()
		reply, err := c.Do(soon(t), client.Envelope(&pmpb.CreateWorkItemRequest{
			ItemType: pmpb.WorkItemType_TASK, Title: title, ProjectId: project,
		}))
		if err != nil {
			t.Fatal(err)
		}
		return reply.GetError().GetCode()
	}
	ready := "http" + strings.TrimSuffix(strings.TrimPrefix(p.url, "ws"), "/ws") + "/ready"
	made := 0
	await := func(code string) {
		t.Helper()
		for ctx := soon(t); ; time.Sleep(20 * time.Millisecond) {
			got := create("again")
			if got == "" {
				made++
			}
			if got == code {
				return
			}
			if ctx.Err() != nil {
				t.Fatalf("a change is answered with %q for a minute, want %q", got, code)
			}
		}
	}
	await("")
	filler, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer filler.Close()
	if err := syscall.Fallocate(int(filler.Fd()), 0, 0, 100<<20); err != nil {
		t.Fatal(err)
	}
	await("SERVICE_UNAVAILABLE")
	if status, _, body := request(t, "GET", ready); status != 503 || !strings.Contains(body, "read-only") {
		t.Errorf("ready answers %d %s", status, body)
	}
	if held := len(list(t, c, project)); held != made {
		t.Errorf("%d items of %d", held, made)
	}
	if err := os.Remove(filler.Name()); err != nil {
		t.Fatal(err)
	}
	if err := filler.Close(); err != nil {
		t.Fatal(err)
	}
	await("")
	if status, _, body := request(t, "GET", ready); status != 200 {
		t.Errorf("ready answers %d %s", status, body)
	}
	p.kill(t)
	p = spawn(t, dir)
	if held := len(list(t, p.dial(t), project)); held != made {
		t.Errorf("%d items of %d after a restart", held, made)
	}
}
