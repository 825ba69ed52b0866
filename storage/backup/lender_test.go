package backup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"workcell/storage"
)

// copies makes empty checkpoints.
type copies struct{ err error }

func (c copies) Checkpoint(dir string) error {
	if c.err != nil {
		return c.err
	}
	return os.Mkdir(dir, 0o700)
}

func newLender(t *testing.T, engine Checkpointer, limit time.Duration) *Lender {
	t.Helper()
	l, err := NewLender(engine, Box{}, filepath.Join(t.TempDir(), "checkpoint"), limit)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func wantGone(t *testing.T, l *Lender) {
	t.Helper()
	if _, err := os.Stat(l.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the checkpoint is still there: %v", err)
	}
}

// untilTakenBack waits for the end of the loan.
func untilTakenBack(ctx context.Context, _ string) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

func TestACheckpointIsLentToOneAtATime(t *testing.T) {
	l := newLender(t, copies{}, 0)
	mine := errors.New("mine")
	for range 2 { // and again when it was given back
		err := l.Lend(t.Context(), func(ctx context.Context, dir string) error {
			if _, err := os.Stat(dir); err != nil || ctx.Err() != nil {
				t.Error(err, ctx.Err())
			}
			if err := l.Lend(t.Context(), untilTakenBack); !errors.Is(err, ErrBusy) {
				t.Errorf("a second one got %v", err)
			}
			return mine
		})
		if !errors.Is(err, mine) {
			t.Error(err)
		}
		wantGone(t, l)
	}
}

func TestACheckpointIsTakenBackAfterTheLimit(t *testing.T) {
	for name, test := range map[string]struct{ limit, want time.Duration }{
		"of its own":  {time.Minute, time.Minute},
		"the default": {0, MaxLoan},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLender(t, copies{}, test.limit)
				start := time.Now()
				if err := l.Lend(t.Context(), untilTakenBack); !errors.Is(err, ErrOverdue) {
					t.Error(err)
				}
				if took := time.Since(start); took != test.want {
					t.Errorf("taken back after %v", took)
				}
				wantGone(t, l)
			})
		})
	}
}

func TestACheckpointIsTakenBackWhenItsUserIsGone(t *testing.T) {
	l := newLender(t, copies{}, 0)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	err := l.Lend(ctx, func(ctx context.Context, dir string) error {
		cancel(gone)
		return untilTakenBack(ctx, dir)
	})
	if !errors.Is(err, gone) {
		t.Error(err)
	}
	wantGone(t, l)
}

func TestCloseWaitsForTheCheckpoint(t *testing.T) {
	l := newLender(t, copies{}, 0)
	lent, ended := make(chan struct{}), make(chan error, 1)
	go func() { // ends when the lender is closed, which waits for it
		ended <- l.Lend(context.Background(), func(ctx context.Context, dir string) error {
			close(lent)
			return untilTakenBack(ctx, dir)
		})
	}()
	<-lent
	l.Close()
	wantGone(t, l)
	if err := <-ended; !errors.Is(err, storage.ErrUnavailable) {
		t.Error(err)
	}
	if err := l.Lend(t.Context(), untilTakenBack); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("after the end: %v", err)
	}
	l.Close()
}

func TestWhatAnEarlierProcessLeftIsRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "checkpoint")
	if err := os.MkdirAll(filepath.Join(dir, "old"), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := NewLender(copies{}, Box{}, dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	wantGone(t, l)
}

func TestAFailedCheckpointIsNotLent(t *testing.T) {
	broken := errors.New("broken")
	l := newLender(t, copies{err: broken}, 0)
	for range 2 {
		err := l.Lend(t.Context(), func(context.Context, string) error {
			t.Error("lent")
			return nil
		})
		if !errors.Is(err, broken) {
			t.Error(err)
		}
	}
}
