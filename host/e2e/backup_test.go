package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/proto"

	"workcell/host/admin"
	"workcell/host/client"
	"workcell/host/client/pmpb"
	"workcell/storage"
	"workcell/storage/backup"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// workcell runs a verb of the command, which must succeed, and returns what it prints.
func workcell(t testing.TB, args ...string) []byte {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), command.path, args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("workcell %v: %v\n%s%s", args, err, out, exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// scribe writes to a project of its own: its writes are numbered, and the state after each is known.
type scribe struct {
	client  *client.Client
	project string
	done    atomic.Int64 // writes that were acknowledged
	item    *pmpb.WorkItem
}

// write makes write number n: of three, two create an item and one changes the title of the last one.
func (s *scribe) write(ctx context.Context, n int64) error {
	title := strconv.FormatInt(n, 10)
	if n%3 == 2 {
		updated, err := client.Ask[*pmpb.WorkItemUpdated](ctx, s.client, &pmpb.UpdateWorkItemRequest{
			WorkItemId: s.item.Id, ExpectedVersion: s.item.Version, Title: proto.String(title),
		})
		s.item = updated.GetWorkItem()
		return err
	}
	created, err := client.Ask[*pmpb.WorkItemCreated](ctx, s.client, &pmpb.CreateWorkItemRequest{
		ItemType: pmpb.WorkItemType_TASK, Title: title, ProjectId: s.project,
	})
	s.item = created.GetWorkItem()
	return err
}

// after is the state after so many writes: the items' titles, in the order of their creation.
func after(writes int64) (titles []string) {
	for n := range writes {
		title := strconv.FormatInt(n, 10)
		if n%3 == 2 {
			titles[len(titles)-1] = title
		} else {
			titles = append(titles, title)
		}
	}
	return titles
}

// Clients go on while the command makes a backup. In what it restores, each scribe's project is as it was after one of its
// writes: not before the last one acknowledged when the backup was asked for.
func TestBackup(t *testing.T) {
	const scribes, before, behind = 4, 20, 10
	dir := t.TempDir()
	p := spawn(t, dir)
	dial := func(url string) *client.Client {
		c, err := client.Dial(soon(t), url, client.Options{User: ann})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var all []*scribe
	var writing sync.WaitGroup
	progress := make(chan struct{}, 1)
	for range scribes {
		c := dial(p.url)
		s := &scribe{client: c, project: newProject(t, c).Id}
		all = append(all, s)
		writing.Go(func() { // ends with ctx
			for n := int64(0); ctx.Err() == nil; n++ {
				if err := s.write(t.Context(), n); err != nil {
					t.Error(err)
					stop()
				}
				s.done.Store(n + 1)
				select {
				case progress <- struct{}{}:
				default:
				}
			}
		})
	}
	// reached waits until each scribe has made so many writes more than it had.
	reached := func(since []int64, more int64) (now []int64) {
		for i, s := range all {
			for s.done.Load() < since[i]+more && ctx.Err() == nil {
				<-progress
			}
		}
		for _, s := range all {
			now = append(now, s.done.Load())
		}
		return now
	}
	promised := reached(make([]int64, scribes), before)
	copied := filepath.Join(dir, "backup")
	workcell(t, "backup", copied, "--dir", dir)
	reached(reached(promised, 0), behind)
	stop()
	writing.Wait()

	var made struct{ Manifest backup.Manifest }
	if err := json.Unmarshal(workcell(t, "backup", "verify", copied, "--json"), &made); err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	workcell(t, "restore", copied, "--dir", elsewhere)
	if last := lastCommit(t, filepath.Join(elsewhere, "data.db")); last != made.Manifest.Sequence {
		t.Errorf("the restored store ends with commit %d, the manifest says %d", last, made.Manifest.Sequence)
	}
	shareCache(t, elsewhere)
	workcell(t, "fsck", "--dir", elsewhere)
	c := dial(spawn(t, elsewhere).url)
	for i, s := range all {
		var titles []string
		items := list(t, c, s.project)
		slices.SortFunc(items, func(a, b *pmpb.WorkItem) int { return int(a.ItemNumber - b.ItemNumber) })
		for _, item := range items {
			titles = append(titles, item.Title)
		}
		writes := promised[i]
		for writes < s.done.Load() && !slices.Equal(titles, after(writes)) {
			writes++
		}
		if writes > s.done.Load()-behind {
			t.Errorf("scribe %d had %d writes acknowledged before the backup and %d at the end; the backup holds %q", i, promised[i], s.done.Load(), titles)
		}
	}
	// The box it came from goes on as if nothing had been.
	pong(t, p.raw(t, ann))
}

// lastCommit returns the last commit of a store that is not in use.
func lastCommit(t *testing.T, dir string) storage.Sequence {
	t.Helper()
	engine, err := lsm.OpenReadOnly(dir, lsm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := txn.Open(engine, txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	return s.Sequence()
}

func TestOneBackupAtATime(t *testing.T) {
	a := start(t, boardOnly, nil)
	newProject(t, a.dial(t, ann))
	var lent string
	err := admin.BorrowCheckpoint(t.Context(), a.dir, func(ctx context.Context, checkpoint string) error {
		lent = checkpoint
		if err := admin.BorrowCheckpoint(ctx, a.dir, nil); !errors.Is(err, backup.ErrBusy) {
			t.Errorf("a second one: %v", err)
		}
		if last := lastCommit(t, filepath.Join(checkpoint, "store")); uint64(last) != a.host.Status(ctx).Sequence {
			t.Errorf("the checkpoint ends with commit %d, the server is at %d", last, a.host.Status(ctx).Sequence)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(lent); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the checkpoint is still there: %v", err)
	}
}

// A server that ends takes its checkpoint back first, and ends in order.
func TestShutdownDuringABackup(t *testing.T) {
	a := start(t, boardOnly, nil)
	var lent string
	err := admin.BorrowCheckpoint(t.Context(), a.dir, func(ctx context.Context, checkpoint string) error {
		lent = checkpoint
		if err := a.stop(); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
		return fmt.Errorf("mine: %w", context.Cause(ctx))
	})
	if err == nil {
		t.Error("the backup did not notice")
	}
	if _, err := os.Stat(lent); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the checkpoint is still there: %v", err)
	}
}

// What a killed server lent is removed by the next one.
func TestACheckpointOfAKilledServer(t *testing.T) {
	dir := t.TempDir()
	p := spawn(t, dir)
	pong(t, p.raw(t, ann))
	left := ""
	err := admin.BorrowCheckpoint(t.Context(), dir, func(ctx context.Context, checkpoint string) error {
		p.kill(t)
		<-ctx.Done()
		left = checkpoint
		return context.Cause(ctx)
	})
	if err == nil {
		t.Error("the backup did not notice")
	}
	if _, err := os.Stat(left); err != nil {
		t.Errorf("the killed server removed its checkpoint: %v", err)
	}
	spawn(t, dir)
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the checkpoint is still there: %v", err)
	}
}
