package lsm_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"workcell/storage"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// Every transaction writes its name under two tables. After a crash at any moment each is there whole or not at all, the
// surviving ones are the first ones in the order of commits, and all acknowledged ones survive.
func TestCrash(t *testing.T) {
	for seed := range uint64(20) {
		percent := int(seed%5) * 25
		t.Run(fmt.Sprintf("seed=%d unsynced=%d%%", seed, percent), func(t *testing.T) { crash(t, seed, percent) })
	}
}

func crash(t *testing.T, seed uint64, percent int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	files := vfs.NewCrashableMem()
	s := openStore(t, files)
	const workers, rounds = 4, 30
	var (
		mu           sync.Mutex
		sequences    = map[string]storage.Sequence{} // of applied transactions
		acknowledged []string
	)
	run := func(name string, wait bool) {
		tx, err := s.Begin()
		if err != nil {
			t.Error(err)
			return
		}
		defer tx.Discard()
		value := []byte(strings.Repeat(name, 1+len(name)*int(seed)))
		if err := errors.Join(tx.Put([]byte("a/"+name), value), tx.Put([]byte("b/"+name), value)); err != nil {
			t.Error(err)
			return
		}
		sequence, err := tx.Commit(1, nil)
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		sequences[name] = sequence
		mu.Unlock()
		if !wait {
			return
		}
		if err := tx.Wait(); err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		acknowledged = append(acknowledged, name)
		mu.Unlock()
	}
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := range rounds {
				run(fmt.Sprintf("w%d-%d", w, i), true)
			}
		})
	}
	for i := range rng.IntN(2 * rounds) {
		run(fmt.Sprintf("main-%d", i), i%2 == 0)
	}
	mu.Lock()
	promised := append([]string(nil), acknowledged...)
	mu.Unlock()
	after := files.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng})
	group.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = openStore(t, after)
	defer s.Close()
	survivors := names(t, s, "a/")
	if others := names(t, s, "b/"); fmt.Sprint(survivors) != fmt.Sprint(others) {
		t.Fatalf("torn transactions: %v against %v", survivors, others)
	}
	if storage.Sequence(len(survivors)) != s.Sequence() {
		t.Fatalf("%d transactions survived, the last commit is %d", len(survivors), s.Sequence())
	}
	for name, sequence := range sequences {
		if survivors[name] != (sequence <= s.Sequence()) {
			t.Fatalf("%s, commit %d of %d, survived: %v", name, sequence, s.Sequence(), survivors[name])
		}
	}
	for _, name := range promised {
		if !survivors[name] {
			t.Fatalf("%s was acknowledged and is lost", name)
		}
	}
	// The store goes on.
	tx, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Discard()
	if err := tx.Put([]byte("a/next"), nil); err != nil {
		t.Fatal(err)
	}
	if sequence, err := tx.Commit(1, nil); err != nil || sequence != storage.Sequence(len(survivors)+1) {
		t.Fatalf("next commit is %d (%v) after %d", sequence, err, len(survivors))
	}
	if err := tx.Wait(); err != nil {
		t.Fatal(err)
	}
}

func openStore(t *testing.T, files vfs.FS) *txn.Store {
	t.Helper()
	s, err := txn.Open(open(t, "data", lsm.Options{FS: files, CacheMiB: 1, MemtableMiB: 1}), txn.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// names returns the names below prefix.
func names(t *testing.T, s *txn.Store, prefix string) map[string]bool {
	t.Helper()
	tx, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Discard()
	found := map[string]bool{}
	err = tx.Scan([]byte(prefix), []byte(prefix+"\xff"), false, func(key, _ []byte) bool {
		found[string(key[len(prefix):])] = true
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
