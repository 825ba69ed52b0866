package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"workcell/storage"
)

// MaxLoan is how long a checkpoint is lent at most, unless NewLender is told otherwise.
const MaxLoan = 6 * time.Hour

var (
	// ErrBusy: the checkpoint is lent to another backup.
	ErrBusy = errors.New("another backup is running: wait until it has ended")
	// ErrOverdue: the checkpoint was taken back because it was lent for too long.
	ErrOverdue = errors.New("the backup took too long and its checkpoint was taken back, so that it does not hold disk space for ever: " +
		"choose a faster target")
)

// Checkpointer makes a directory that does not exist a copy of the store, as lsm.Engine does.
type Checkpointer interface {
	Checkpoint(dir string) error
}

// Lender lends a checkpoint of a box whose store is open to one backup at a time. Safe for concurrent use.
type Lender struct {
	engine Checkpointer
	box    Box
	dir    string
	limit  time.Duration

	lent   sync.Mutex // held from before the checkpoint is made until it is removed, and from Close on
	closed context.Context
	end    context.CancelCauseFunc
}

// NewLender returns a Lender of a box, whose store engine has open. Its checkpoints appear as dir, with the parts of the box
// where a backup has them; what a process before may have left there is removed. dir should be on the file system of the
// store, and nobody else's. A limit of 0 means MaxLoan.
func NewLender(engine Checkpointer, box Box, dir string, limit time.Duration) (*Lender, error) {
	if limit <= 0 {
		limit = MaxLoan
	}
	l := &Lender{engine: engine, box: box, dir: dir, limit: limit}
	l.closed, l.end = context.WithCancelCause(context.Background())
	return l, l.clear()
}

// clear removes the checkpoint. Call with lent held, or before anybody else can call.
func (l *Lender) clear() error {
	if err := os.RemoveAll(l.dir); err != nil {
		return fmt.Errorf("remove the checkpoint of a backup: %w", err)
	}
	return nil
}

// Lend makes a checkpoint, lets use read it, and removes it when use returns. The context of use ends when the checkpoint
// must be given back: with ctx, with cause ErrOverdue after the limit, or with storage.ErrUnavailable when the Lender is
// closed. It returns ErrBusy if one is lent already, or the error of the checkpoint or of use.
func (l *Lender) Lend(ctx context.Context, use func(ctx context.Context, dir string) error) (err error) {
	if l.closed.Err() != nil {
		return storage.ErrUnavailable
	}
	if !l.lent.TryLock() {
		return ErrBusy
	}
	defer l.lent.Unlock()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(l.closed, func() { cancel(context.Cause(l.closed)) })()
	if err := l.clear(); err != nil { // one that could not be removed in its time
		return err
	}
	defer func() { err = errors.Join(err, l.clear()) }()
	if err := l.make(ctx); err != nil {
		return err
	}
	ctx, stop := context.WithTimeoutCause(ctx, l.limit, ErrOverdue)
	defer stop()
	return use(ctx, l.dir)
}

// make makes the checkpoint. The store comes first: what is beside it is there before the store says so. Call with lent held.
func (l *Lender) make(ctx context.Context) error {
	if err := os.Mkdir(l.dir, 0o700); err != nil {
		return err
	}
	lent := boxIn(l.dir)
	if err := l.engine.Checkpoint(lent.Store); err != nil {
		return err
	}
	if err := lendBeside(ctx, l.box, lent); err != nil {
		return fmt.Errorf("add what lies beside the store to its checkpoint: %w", err)
	}
	return nil
}

// Close asks for the checkpoint back and waits for it. Afterwards nothing is lent any more. It may be repeated.
func (l *Lender) Close() {
	if l.closed.Err() != nil {
		return
	}
	l.end(storage.ErrUnavailable)
	l.lent.Lock() // for good
}
