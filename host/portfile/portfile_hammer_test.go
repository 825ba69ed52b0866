package portfile

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"testing"
)

const servers = 8

// TestOneOfManyServersWins lets living servers race for the file of a dead one, with readers that clear it away.
func TestOneOfManyServersWins(t *testing.T) {
	stale := sample(deadPID(t))
	var pids []int
	for range servers {
		pid, _ := start(t)
		pids = append(pids, pid)
	}
	for range 10 {
		dir := t.TempDir()
		if err := Write(dir, stale); err != nil {
			t.Fatal(err)
		}
		results := make([]error, servers)
		var all sync.WaitGroup
		for i, pid := range pids {
			all.Go(func() { results[i] = Write(dir, sample(pid)) })
			all.Go(func() { _, _ = Read(dir) })
		}
		all.Wait()
		winner := 0
		for i, err := range results {
			switch {
			case err == nil && winner == 0:
				winner = pids[i]
			case !errors.Is(err, ErrForeign):
				t.Errorf("server %d: %v", i, err)
			}
		}
		for _, err := range results {
			if foreign, ok := errors.AsType[*ForeignError](err); ok && foreign.PID != winner {
				t.Errorf("lost to %d, but %d won", foreign.PID, winner)
			}
		}
		if got, err := Read(dir); err != nil || got.PID != winner {
			t.Errorf("Read = %+v, %v; want process %d", got, err, winner)
		}
	}
}

// TestReadersSeeAWholeFileOrNone reads while a server comes and goes.
func TestReadersSeeAWholeFileOrNone(t *testing.T) {
	dir := t.TempDir()
	mine := sample(os.Getpid())
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if got, err := Read(dir); !errors.Is(err, fs.ErrNotExist) && (err != nil || got != mine) {
					t.Errorf("Read = %+v, %v", got, err)
					return
				}
			}
		})
	}
	for range 25 {
		if err := errors.Join(Write(dir, mine), Write(dir, mine), Remove(dir, mine.PID)); err != nil {
			t.Error(err)
		}
	}
	close(done)
	readers.Wait()
	if names := files(t, dir); len(names) != 0 {
		t.Errorf("files %v", names)
	}
}
