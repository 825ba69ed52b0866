package storagetest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"workcell/storage"
)

func testReopen(t *testing.T, disk Disk) {
	s := openStore(t, disk())
	if s.Sequence() != 0 || s.Durable() != 0 || s.LastTime() != 0 {
		t.Fatalf("new store: sequence %d, durable %d, time %d", s.Sequence(), s.Durable(), s.LastTime())
	}
	must(t, s.Probe(context.Background()))
	for _, now := range []int64{5000, 7000, 6000} { // the clock goes back, the store's time does not
		tx := start(t, s)
		change(t, tx, "a=1")
		_, err := tx.Commit(now, nil)
		must(t, err)
		must(t, tx.Wait())
		tx.Discard()
	}
	must(t, s.Close())

	s = openStore(t, disk())
	if s.Sequence() != 3 || s.Durable() != 3 || s.LastTime() != 7000 {
		t.Fatalf("sequence %d, durable %d, time %d; want 3, 3, 7000", s.Sequence(), s.Durable(), s.LastTime())
	}
	must(t, s.WaitDurable(context.Background(), 3))
	must(t, s.Probe(context.Background()))
	tx := start(t, s)
	want(t, tx, "a", "1")
	pairs(t, tx, nil, []byte("b"), false, 0)
	change(t, tx, "a=2")
	sequence, err := tx.Commit(1, nil)
	must(t, err)
	must(t, tx.Wait())
	tx.Discard()
	if sequence != 4 || s.LastTime() != 7000 {
		t.Fatalf("sequence %d, time %d; want 4, 7000", sequence, s.LastTime())
	}
	must(t, s.Close())
}

func testClose(t *testing.T, e storage.Engine) {
	s := openStore(t, e)
	tx := start(t, s)
	change(t, tx, "a=1")
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	for { // until Close has begun
		other, err := s.Begin()
		if errors.Is(err, storage.ErrUnavailable) {
			break
		}
		must(t, err)
		other.Discard()
	}
	told := false
	_, err := tx.Commit(1, Told(func(storage.Sequence, error) { told = true }))
	must(t, err)
	tx.Discard()
	must(t, <-closed)
	if !told {
		t.Fatal("nobody was told of a commit before the close")
	}
	must(t, s.Close())
	if err := s.Probe(context.Background()); !errors.Is(err, storage.ErrUnavailable) {
		t.Fatalf("probe of a closed store = %v", err)
	}
}

// Blocked runs f in a goroutine of the current testing/synctest bubble, checks that it blocks, and returns its result to
// come.
func Blocked(t *testing.T, f func() error) <-chan error {
	t.Helper()
	result := make(chan error, 1)
	go func() { result <- f() }()
	synctest.Wait()
	select {
	case err := <-result:
		t.Fatalf("did not block, returned %v", err)
	default:
	}
	return result
}
