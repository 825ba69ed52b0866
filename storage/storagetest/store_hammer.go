package storagetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"workcell/storage"
	"workcell/storage/txn"
)

// testHammer lets goroutines move units between accounts and count their moves, while others check that the sum of all
// accounts never changes and that what they have seen is durable when they say so.
func testHammer(t *testing.T, s *txn.Store) {
	const accounts, workers, moves, readers = 5, 8, 40, 2
	for a := range accounts {
		set(t, s, fmt.Sprintf("account%d=100", a))
	}
	var hooks []storage.Sequence // in order of calls, which come one at a time
	hook := Told(func(q storage.Sequence, _ error) { hooks = append(hooks, q) })
	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	for w := range workers {
		writing.Go(func() {
			for i := range moves {
				from, to := (w+i)%accounts, (w*i+1)%accounts
				if err := retry(s, hook, func(tx *txn.Txn) error { return move(tx, from, to) }); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range readers {
		reading.Go(func() {
			for {
				if err := retry(s, nil, checkSum(accounts*100)); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	tx := start(t, s)
	defer tx.Discard()
	if n, err := number(tx, "moves"); err != nil || n != workers*moves {
		t.Fatalf("%d moves counted (%v), want %d", n, err, workers*moves)
	}
	if len(hooks) != workers*moves {
		t.Fatalf("%d hooks called, want %d", len(hooks), workers*moves)
	}
	for i, q := range hooks {
		if want := storage.Sequence(accounts + 1 + i); q != want {
			t.Fatalf("hook %d was called where %d was due", q, want)
		}
	}
}

// retry runs f until it does not conflict.
func retry(s *txn.Store, then txn.Waiter, f func(*txn.Txn) error) error {
	for {
		err := try(s, then, f)
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
}

func try(s *txn.Store, then txn.Waiter, f func(*txn.Txn) error) error {
	tx, err := s.Begin()
	if err != nil {
		return err
	}
	defer tx.Discard()
	if err := f(tx); err != nil {
		return err
	}
	sequence, err := tx.Commit(1, then)
	if err != nil {
		return err
	}
	if err := tx.Wait(); err != nil {
		return err
	}
	if s.Durable() < sequence {
		return fmt.Errorf("commit %d was waited for, durable is %d", sequence, s.Durable())
	}
	return nil
}

func move(tx *txn.Txn, from, to int) error {
	for _, step := range []struct {
		key string
		add int
	}{{fmt.Sprintf("account%d", from), -1}, {fmt.Sprintf("account%d", to), 1}, {"moves", 1}} {
		n, err := number(tx, step.key)
		if err != nil {
			return err
		}
		if err := tx.Put([]byte(step.key), strconv.AppendInt(nil, int64(n+step.add), 10)); err != nil {
			return err
		}
	}
	return nil
}

func number(tx *txn.Txn, key string) (int, error) {
	value, found, err := tx.Get([]byte(key))
	if err != nil || !found {
		return 0, err
	}
	return strconv.Atoi(string(value))
}

func checkSum(want int) func(*txn.Txn) error {
	return func(tx *txn.Txn) error {
		sum := 0
		err := tx.Scan([]byte("account"), []byte("accounu"), false, func(_, value []byte) bool {
			n, _ := strconv.Atoi(string(value))
			sum += n
			return true
		})
		if err == nil && sum != want {
			err = fmt.Errorf("the accounts' sum is %d, want %d", sum, want)
		}
		return err
	}
}
