package lsm_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"workcell/storage"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// Transactions commit while checkpoints are taken. A checkpoint holds exactly the first ones in the order of commits, each
// whole, and all that were acknowledged before it was asked for.
func TestACheckpointIsAPrefixOfTheCommits(t *testing.T) {
	dir := t.TempDir()
	engine := open(t, filepath.Join(dir, "data"), lsm.Options{CacheMiB: 1, MemtableMiB: 1, Logger: silent})
	s, err := txn.Open(engine, txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var (
		mu        sync.Mutex
		sequences = map[string]storage.Sequence{} // of acknowledged transactions
		group     sync.WaitGroup
		stop      = make(chan struct{})
		busy      = make(chan struct{}, 1) // a transaction was acknowledged
	)
	for w := range 4 {
		group.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				name := fmt.Sprintf("w%d-%d", w, i)
				sequence, err := writeTwice(s, name)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				sequences[name] = sequence
				mu.Unlock()
				select {
				case busy <- struct{}{}:
				default:
				}
			}
		})
	}
	type cut struct {
		last     storage.Sequence
		held     map[string]bool
		promised map[string]storage.Sequence
	}
	var cuts []cut
	for i := range 8 {
		for range 20 { // the store grows in between
			<-busy
		}
		mu.Lock()
		promised := maps.Clone(sequences)
		mu.Unlock()
		c := cut{promised: promised}
		c.last, c.held = readCheckpoint(t, engine, filepath.Join(dir, fmt.Sprint("checkpoint", i)))
		cuts = append(cuts, c)
	}
	close(stop)
	group.Wait()
	for i, c := range cuts {
		for name := range c.promised {
			if !c.held[name] {
				t.Errorf("checkpoint %d lacks %s, which was acknowledged before", i, name)
			}
		}
		if len(c.held) != int(c.last) {
			t.Errorf("checkpoint %d says it ends with commit %d and holds %d", i, c.last, len(c.held))
		}
		for name := range c.held {
			if sequences[name] > c.last {
				t.Errorf("checkpoint %d ends with commit %d and holds %s, which is %d", i, c.last, name, sequences[name])
			}
		}
	}
}

// writeTwice commits name under two tables, durably.
func writeTwice(s *txn.Store, name string) (storage.Sequence, error) {
	tx, err := s.Begin()
	if err != nil {
		return 0, err
	}
	defer tx.Discard()
	if err := errors.Join(tx.Put([]byte("a/"+name), make([]byte, 700)), tx.Put([]byte("b/"+name), nil)); err != nil {
		return 0, err
	}
	sequence, err := tx.Commit(1, nil)
	if err != nil {
		return 0, err
	}
	return sequence, tx.Wait()
}

// readCheckpoint takes a checkpoint and returns its last commit and the names in it.
func readCheckpoint(t *testing.T, engine *lsm.Engine, dir string) (storage.Sequence, map[string]bool) {
	t.Helper()
	for {
		if err := engine.Checkpoint(dir); err != nil {
			t.Fatal(err)
		}
		before := listing(t, dir)
		copied, err := lsm.OpenReadOnly(dir, lsm.Options{Logger: silent})
		if errors.Is(err, lsm.ErrDamaged) { // the log grew under the copy
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		s, err := txn.Open(copied, txn.Config{})
		if err != nil {
			t.Fatal(err)
		}
		held := names(t, s, "a/")
		if others := names(t, s, "b/"); !maps.Equal(held, others) {
			t.Errorf("torn transactions: %v against %v", held, others)
		}
		last := s.Sequence()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if after := listing(t, dir); !maps.Equal(before, after) {
			t.Errorf("reading left %v where there was %v", after, before)
		}
		return last, held
	}
}

// listing returns the sizes of the files in dir.
func listing(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int64{}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		sizes[entry.Name()] = info.Size()
	}
	return sizes
}

func TestACheckpointGoesOnByItself(t *testing.T) {
	dir := t.TempDir()
	engine := open(t, filepath.Join(dir, "data"), lsm.Options{})
	defer engine.Close()
	put(t, engine, "a", "1")
	to := filepath.Join(dir, "checkpoint")
	if err := engine.Checkpoint(to); err != nil {
		t.Fatal(err)
	}
	if err := engine.Checkpoint(to); !errors.Is(err, fs.ErrExist) {
		t.Errorf("into a directory that is there: %v", err)
	}
	put(t, engine, "a", "2")
	other := open(t, to, lsm.Options{})
	defer other.Close()
	put(t, other, "b", "3")
	if a, b := get(t, other, "a"), get(t, other, "b"); a != "1" || b != "3" {
		t.Errorf("the checkpoint holds a=%q b=%q", a, b)
	}
	if a, b := get(t, engine, "a"), get(t, engine, "b"); a != "2" || b != "" {
		t.Errorf("the store holds a=%q b=%q", a, b)
	}
}
