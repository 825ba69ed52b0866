package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"workcell/host/telemetry"
	"workcell/storage"
	"workcell/storage/guard"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// ErrStorage is why Run ends if the storage cannot go on. The process should exit with ExitStorage and be started again:
// the next start finds everything that was acknowledged.
var ErrStorage = errors.New("the storage cannot go on, start again")

// ExitStorage is the exit code of a process that ends with ErrStorage.
const ExitStorage = lsm.FatalExitCode

// openStorage opens the store behind its breaker. It also is the lock that keeps a second server off the directory.
func (h *Host) openStorage(dir string, options lsm.Options) error {
	options.CacheMiB, options.MemtableMiB, options.Logger = h.config.StorageCacheMiB, h.config.StorageMemtableMiB, h.log
	options.Restart = func(err error) { h.fail(fmt.Errorf("%w: %w", ErrStorage, err)) }
	var err error
	if h.engine, err = lsm.Open(dir, options); err != nil {
		return err
	}
	h.store, err = txn.Open(h.engine, txn.Config{Fatal: func(err error) {
		h.fail(fmt.Errorf("%w: a sync of the log failed: %w", ErrStorage, err))
	}})
	if err != nil {
		return errors.Join(err, h.engine.Close())
	}
	c := &h.config
	h.guard = guard.New(guard.Config{
		FailureThreshold: c.CircuitBreakerFailureThreshold, FailureWindow: c.CircuitBreakerFailureWindow,
		OpenDuration: c.CircuitBreakerOpenDuration, HalfOpenSuccesses: c.CircuitBreakerHalfOpenSuccessThreshold,
		Changed: func(from, to guard.State, s guard.Stats) {
			level := slog.LevelInfo
			if to == guard.Open {
				level = slog.LevelWarn
			}
			h.log.Log(context.Background(), level, telemetry.EventBreaker,
				telemetry.State, to.String(), telemetry.From, from.String(), telemetry.Count, s.Opened)
		},
	})
	return nil
}

// hungAfter is for how long commits may wait for the disk until it counts as hung.
const hungAfter = 2 * time.Second

// probe reads through the storage, and looks whether writes get on.
func (h *Host) probe(ctx context.Context) error {
	if silence := h.engine.Silent(); silence > hungAfter {
		return fmt.Errorf("commits have been waiting for the disk for %v", silence)
	}
	return h.store.Probe(ctx)
}

// unwritable is an admin.Condition.
func (h *Host) unwritable() string {
	switch err := h.engine.Writable(); {
	case err == nil:
		return ""
	case errors.Is(err, storage.ErrReadOnly):
		return "the storage is read-only"
	default:
		return "the storage has failed"
	}
}

// closeStorage writes out what is in memory, so that the next start has nothing to replay, and closes. It does not wait for
// a disk that hangs any longer than ctx lasts.
func (h *Host) closeStorage(ctx context.Context) error {
	closed := make(chan error, 1)
	go func() { // ends when the disk has answered, or with the process
		if err := h.engine.Flush(); err != nil {
			h.log.Warn("tables were not written, so the next start replays the log", telemetry.Error, err)
		}
		closed <- h.store.Close()
	}()
	select {
	case err := <-closed:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the disk does not answer, the next start replays the log: %w", ctx.Err())
	}
}
