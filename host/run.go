package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"workcell/host/portfile"
	"workcell/host/telemetry"
)

// Run serves until ctx is done, then shuts down gracefully. It returns nil if everything was taken down in order, or the
// error that ended it.
func (h *Host) Run(ctx context.Context) error {
	h.log.Info(telemetry.EventListening, telemetry.Address, h.Address().String(), telemetry.Directory, h.dir)
	var running sync.WaitGroup
	start := func(serve func() error) { // ends when its part is closed in shutdown, which waits for it
		running.Go(func() {
			if err := serve(); err != nil {
				h.fail(err)
			}
		})
	}
	background, stop := context.WithCancel(context.Background())
	start(func() error { return h.wire.Serve(h.listener) })
	start(func() error { return h.admin.Serve(h.adminLn) })
	start(func() error { every(background, expireEvery, h.expire); return nil })
	start(func() error { every(background, decayEvery, h.decay); return nil })
	h.log.Info(telemetry.EventReady)

	var cause error
	select {
	case <-ctx.Done():
	case cause = <-h.failed:
		h.log.Error(telemetry.EventStorage, telemetry.Error, cause)
	}
	err := h.shutdown(stop)
	running.Wait()
	return errors.Join(cause, err)
}

// shutdown takes the host down in order: clients first, then what they may still need.
func (h *Host) shutdown(stopBackground func()) error {
	h.draining.Store(true)
	h.log.Info(telemetry.EventDraining)
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	err := h.wire.Shutdown(ctx)
	stopBackground()
	err = errors.Join(err, h.close(ctx))
	h.log.Info(telemetry.EventStopped)
	return err
}

// close releases what New opened, as far as it came.
func (h *Host) close(ctx context.Context) error {
	var errs []error
	try := func(what string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", what, err))
		}
	}
	if h.admin != nil {
		try("admin socket", h.admin.Close())
		_ = h.adminLn.Close() // closed by the line above, if it was served
	}
	if h.listener != nil {
		_ = h.listener.Close() // closed by the wire server, if it was served
	}
	if h.store != nil {
		try("storage", h.closeStorage())
	}
	if h.sandbox != nil {
		try("sandbox", h.sandbox.Close(ctx))
	}
	try("port file", portfile.Remove(h.dir, h.pid))
	return errors.Join(errs...)
}

// closeStorage writes out what is in memory, so that the next start has nothing to replay, and closes. A store that failed
// is closed as it is.
func (h *Host) closeStorage() error {
	flushed := h.engine.Flush()
	return errors.Join(flushed, h.store.Close())
}

// How often the jobs in the background run.
const (
	expireEvery = 10 * time.Minute
	decayEvery  = 20 * time.Second
)

// expire removes idempotency records that are past their time.
func (h *Host) expire(ctx context.Context) {
	if err := h.dispatch.Expire(ctx); err != nil && ctx.Err() == nil {
		h.log.Warn("idempotency records were not expired", telemetry.Error, err)
	}
}

// decay gives memory of idle instances back.
func (h *Host) decay(context.Context) {
	for _, p := range h.pools {
		p.Decay()
	}
}

// every runs a job again and again until ctx is done.
func every(ctx context.Context, interval time.Duration, job func(context.Context)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for ctx.Err() == nil {
		job(ctx)
		select {
		case <-ticker.C:
		case <-ctx.Done():
		}
	}
}
