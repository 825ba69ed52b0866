package e2e

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"workcell/host"
	"workcell/host/client"
	"workcell/host/client/pmpb"
	"workcell/storage/baddisk"
	"workcell/storage/lsm"
)

// faults is the table of what can go wrong with the disk, and what clients and supervisors see of it. In every row,
// whatever was acknowledged is there at the end.
var faults = []struct {
	event, outcome string
	run            func(*ward)
}{
	{"a sync of the log fails", "the change is uncertain, the server ends; asked again after a restart, it is done once", func(w *ward) {
		w.disk.Fail(syscall.EIO, ".log", baddisk.Syncs)
		request := w.creation("uncertain")
		if code := w.ask(request); code != "UNCERTAIN" && code != lost {
			w.Errorf("the change was answered with %q", code)
		}
		w.endsWith(host.ErrStorage)
		w.disk.Before(nil)
		w.start()
		w.must(w.ask(request))
		w.must(w.ask(request))
	}},
	{"there is little space", "changes are refused, reads go on; changes are taken when there is space", func(w *ward) {
		w.disk.SetFree(1)
		w.await(func() bool { return w.ask(w.creation("refused")) == "SERVICE_UNAVAILABLE" })
		w.readOnly()
		w.disk.SetFree(1 << 40)
		w.goesOn()
	}},
	{"the disk is full", "the change that meets it is acknowledged, then as above", func(w *ward) {
		w.disk.Before(func(op baddisk.Op) error {
			if !slices.Contains(baddisk.Writes, op.Kind) {
				return nil
			}
			if _, err := w.disk.Stat(w.loaded.DatabaseDir() + "/BALLAST"); err != nil {
				return nil
			}
			return syscall.ENOSPC
		})
		w.disk.SetFree(1)
		w.must(w.ask(w.creation("the last one")))
		w.readOnly()
		w.disk.Before(nil)
		w.disk.SetFree(1 << 40)
		w.goesOn()
	}},
	{"there is little space when somebody comes who was never here", "reads are answered; the user becomes known when there is space", func(w *ward) {
		w.disk.SetFree(1)
		w.await(func() bool { return w.ask(w.creation("refused")) == "SERVICE_UNAVAILABLE" })
		before := w.host.Status(w.Context()).Sequence
		stranger, err := client.Dial(soon(w), fmt.Sprintf("ws://%s/ws", w.host.Address()), client.Options{User: bob})
		if err != nil {
			w.Fatal(err)
		}
		defer stranger.Abort()
		projects := func() { ask[*pmpb.ProjectList](w, stranger, &pmpb.ListProjectsRequest{}) }
		projects()
		refused(w, stranger, &pmpb.CreateProjectRequest{Title: "Garden", Key: "BOB"}, "SERVICE_UNAVAILABLE")
		if after := w.host.Status(w.Context()).Sequence; after != before {
			w.Errorf("%d commits, before there were %d", after, before)
		}
		w.disk.SetFree(1 << 40)
		w.goesOn()
		before = w.host.Status(w.Context()).Sequence
		projects()
		projects()
		if after := w.host.Status(w.Context()).Sequence; after != before+1 {
			w.Errorf("%d commits when the user is known, before there were %d", after, before)
		}
	}},
	{"tables cannot be written", "changes are refused, reads go on; changes are taken when the disk is well", func(w *ward) {
		w.disk.Fail(syscall.EIO, ".sst", baddisk.Creates)
		for code := ""; code != "SERVICE_UNAVAILABLE"; { // until a memtable is full
			if code = w.ask(w.largeCreation()); code != "" && code != "SERVICE_UNAVAILABLE" {
				w.Fatalf("a change was answered with %s", code)
			}
		}
		w.readOnly()
		w.disk.Before(nil)
		w.goesOn()
	}},
	{"the disk is full at the start", "changes are refused, reads go on; the server ends when there is space, to be started again", func(w *ward) {
		w.stop()
		w.disk.Fail(syscall.ENOSPC, "", baddisk.Creates, baddisk.Writes)
		w.start()
		w.readOnly()
		w.disk.Before(nil)
		w.disk.SetFree(1 << 40)
		w.endsWith(host.ErrStorage)
		w.start()
	}},
	{"the disk is mounted read-only", "changes are refused, reads go on", func(w *ward) {
		w.stop()
		w.disk.Fail(syscall.EROFS, "", baddisk.Changes)
		w.start()
		w.readOnly()
		w.disk.Before(nil)
		w.stop()
		w.start()
	}},
	{"reads fail", "DATABASE_ERROR, until the breaker opens; it closes when the disk is well", func(w *ward) {
		for range 5 { // more than the block that the start reads
			w.must(w.ask(w.largeCreation()))
		}
		w.stop()
		w.start() // its cache is empty but for that block
		w.disk.Fail(syscall.EIO, ".sst", baddisk.Reads)
		failures, code := -1, "" // a job of the server that reads nothing from the disk may begin the count anew
		for refused := false; !refused && failures < 50; refused = code == "SERVICE_UNAVAILABLE" {
			failures++
			if _, code = w.list(); code != "DATABASE_ERROR" && code != "SERVICE_UNAVAILABLE" {
				w.Errorf("a read was answered with %q", code)
			}
		}
		if failures < 5 || code != "SERVICE_UNAVAILABLE" {
			w.Errorf("after %d failures a read was answered with %q", failures, code)
		}
		if status, body := w.ready(); status != 503 || !strings.Contains(body, `"Open"`) {
			w.Errorf("ready answers %d %s", status, body)
		}
		w.disk.Before(nil)
		w.await(func() bool {
			_, code := w.list()
			status, body := w.ready()
			return code == "" && status == 200 && strings.Contains(body, `"Closed"`)
		})
	}},
	{"the disk hangs", "ready tells within its time, however often it is asked; nothing is lost", func(w *ward) {
		released := make(chan struct{})
		release := sync.OnceFunc(func() { close(released) })
		w.Cleanup(release)
		w.disk.Before(func(op baddisk.Op) error {
			if op.Kind == errorfs.OpFileSyncData {
				<-released
			}
			return nil
		})
		answered := make(chan string, 1)
		go func() { answered <- w.ask(w.creation("slow")) }()
		w.await(func() bool { status, _ := w.ready(); return status == 503 })
		goroutines := runtime.NumGoroutine()
		for range 50 {
			if status, _ := w.ready(); status != 503 {
				w.Errorf("ready answers %d while the disk hangs", status)
			}
		}
		if more := runtime.NumGoroutine() - goroutines; more > 20 {
			w.Errorf("50 questions have left %d goroutines", more)
		}
		release()
		w.must(<-answered)
		w.await(func() bool { status, _ := w.ready(); return status == 200 })
	}},
	{"the disk hangs at the start", "the server says so and ends", func(w *ward) {
		w.stop()
		released := make(chan struct{})
		w.disk.Before(func(op baddisk.Op) error {
			if op.Kind == errorfs.OpCreate {
				<-released
			}
			return nil
		})
		_, err := host.New(w.Context(), w.options(lsm.Options{FS: w.disk, OpenTimeout: 20 * time.Millisecond}))
		if !errors.Is(err, lsm.ErrHung) {
			w.Errorf("it was opened with %v", err)
		}
		close(released)
		w.disk.Before(nil)
		w.await(func() bool { return w.tryStart() == nil }) // the late attempt lets go of the directory
	}},
}

func TestFaults(t *testing.T) {
	passed, failed := 0, 0
	for _, f := range faults {
		if t.Run(f.event+": "+f.outcome, func(t *testing.T) {
			w := newWard(t)
			for i := range 3 {
				w.must(w.ask(w.creation(fmt.Sprint("early ", i))))
			}
			f.run(w)
			w.unharmed()
		}) {
			passed++
		} else {
			failed++
		}
	}
	t.Logf("%d passed, %d failed", passed, failed)
}
