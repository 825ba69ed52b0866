package admin

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"workcell/storage"
	"workcell/storage/backup"
)

// serveLend serves lend on an admin socket until the test ends, or stop.
func serveLend(t *testing.T, lend Lend) (dir string, stop func()) {
	t.Helper()
	dir = socketDir(t)
	s, listener, err := Listen(dir, nil, lend, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(listener) }() // ends with Close
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return dir, func() { _ = s.Close() }
}

func TestACheckpointIsBorrowedAndReturned(t *testing.T) {
	var lent atomic.Bool
	dir, _ := serveLend(t, func(ctx context.Context, use func(context.Context, string) error) error {
		lent.Store(true)
		defer lent.Store(false)
		return use(ctx, "/the/checkpoint")
	})
	mine := errors.New("mine")
	for _, want := range []error{nil, mine, nil} {
		err := BorrowCheckpoint(t.Context(), dir, func(ctx context.Context, checkpoint string) error {
			if checkpoint != "/the/checkpoint" || ctx.Err() != nil || !lent.Load() {
				t.Errorf("got %q, %v, lent %v", checkpoint, ctx.Err(), lent.Load())
			}
			return want
		})
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
		if lent.Load() {
			t.Error("it is still lent")
		}
	}
}

func TestACheckpointThatIsNotLent(t *testing.T) {
	for name, test := range map[string]struct {
		err, is error
		want    string
	}{
		"busy":          {backup.ErrBusy, backup.ErrBusy, "another backup"},
		"shutting down": {storage.ErrUnavailable, storage.ErrUnavailable, "not available"},
		"a full disk":   {errors.New("no space left"), nil, "the server made no checkpoint: no space left"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := serveLend(t, func(context.Context, func(context.Context, string) error) error { return test.err })
			err := BorrowCheckpoint(t.Context(), dir, func(context.Context, string) error {
				t.Error("lent")
				return nil
			})
			if err == nil || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// untilTakenBack waits for the end of a loan, and then fails in a way of its own.
func untilTakenBack(ctx context.Context, _ string) error {
	<-ctx.Done()
	return errors.New("a file of the checkpoint is gone")
}

func TestACheckpointIsTakenBack(t *testing.T) {
	dir, _ := serveLend(t, func(ctx context.Context, use func(context.Context, string) error) error {
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(backup.ErrOverdue)
		return use(ctx, "/the/checkpoint")
	})
	if err := BorrowCheckpoint(t.Context(), dir, untilTakenBack); !errors.Is(err, backup.ErrOverdue) {
		t.Errorf("got %v", err)
	}
}

// A client that is gone, in whatever way, holds nothing.
func TestACheckpointOfAClientThatIsGone(t *testing.T) {
	returned := make(chan struct{})
	dir, _ := serveLend(t, func(ctx context.Context, use func(context.Context, string) error) error {
		defer close(returned)
		return use(ctx, "/the/checkpoint")
	})
	ctx, cancel := context.WithCancel(t.Context())
	err := BorrowCheckpoint(ctx, dir, func(ctx context.Context, checkpoint string) error {
		cancel()
		<-ctx.Done()
		return context.Cause(ctx)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-returned
}

func TestTheServerEndsWhileItLends(t *testing.T) {
	var stop func()
	dir, stop := serveLend(t, func(ctx context.Context, use func(context.Context, string) error) error {
		return use(ctx, "/the/checkpoint")
	})
	err := BorrowCheckpoint(t.Context(), dir, func(ctx context.Context, checkpoint string) error {
		stop()
		<-ctx.Done()
		return context.Cause(ctx)
	})
	if !errors.Is(err, errServerGone) {
		t.Errorf("got %v", err)
	}
	if err := BorrowCheckpoint(t.Context(), dir, untilTakenBack); !errors.Is(err, ErrNoServer) {
		t.Errorf("without a server: %v", err)
	}
}
