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
	start(func() error { return h.wire.Serve(h.listener) })
	start(func() error { return h.admin.Serve(h.adminLn) })
	stopJobs := h.startJobs()
	h.log.Info(telemetry.EventReady)

	var cause error
	select {
	case <-ctx.Done():
	case <-h.left:
	case cause = <-h.failed:
		h.log.Error(telemetry.EventStorage, telemetry.Error, cause)
	}
	err := h.shutdown(stopJobs)
	running.Wait()
	return errors.Join(cause, err)
}

// startJobs starts what runs in the background. The function it returns ends the jobs and waits for them, because they use
// what is closed next; but for no longer than its context lasts.
func (h *Host) startJobs() (stop func(context.Context) error) {
	background, cancel := context.WithCancel(context.Background())
	var jobs sync.WaitGroup
	jobs.Go(func() { every(background, expireEvery, h.expire) })
	jobs.Go(func() { every(background, decayEvery, h.decay) })
	if h.config.ActivityLogRetentionDays > 0 {
		jobs.Go(func() { every(background, h.config.ActivityLogCleanupInterval, h.forgetActivity) })
	}
	jobs.Go(func() {
		if err := h.handlers.Run(background); err != nil {
			h.fail(err)
		}
	})
	if h.door.AsksForTokens() && h.config.AuthCloseExpired {
		jobs.Go(func() { every(background, expiredEvery, h.closeExpired) })
	}
	if h.config.ServerIdleShutdown > 0 {
		jobs.Go(func() { h.watchIdle(background) })
	}
	return func(ctx context.Context) error {
		cancel()
		ended := make(chan struct{})
		go func() { // ends with the jobs
			jobs.Wait()
			close(ended)
		}()
		select {
		case <-ended:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("a job in the background does not end: %w", ctx.Err())
		}
	}
}

// shutdown takes the host down in order: clients first, then what they may still need.
func (h *Host) shutdown(stopJobs func(context.Context) error) error {
	h.draining.Store(true)
	h.log.Info(telemetry.EventDraining)
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	err := errors.Join(h.wire.Drain(ctx), h.dispatch.Drain(ctx), h.wire.Shutdown(ctx))
	err = errors.Join(err, stopJobs(ctx))
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
	if h.lender != nil {
		h.lender.Close()
	}
	if h.handlers != nil {
		try("handlers", h.handlers.Close())
	}
	if h.store != nil {
		try("storage", h.closeStorage(ctx))
	}
	if h.sandbox != nil {
		try("sandbox", h.sandbox.Close(ctx))
	}
	try("port file", portfile.Remove(h.dir, h.pid))
	h.closeTracer(ctx)
	return errors.Join(errs...)
}

// How often the jobs in the background run.
const (
	expireEvery = 10 * time.Minute
	decayEvery  = 20 * time.Second
	// A connection is to be closed within a minute after its token says, and tokens are taken for 30 s longer.
	expiredEvery = 20 * time.Second
)

// expire removes idempotency records that are past their time.
func (h *Host) expire(ctx context.Context) {
	if err := h.dispatch.Expire(ctx); err != nil && ctx.Err() == nil {
		h.log.Warn("idempotency records were not expired", telemetry.Error, err)
	}
}

// decay gives memory of idle instances back.
func (h *Host) decay(context.Context) {
	for _, p := range h.pools() {
		p.Decay()
	}
}

// closeExpired closes the connections whose tokens have expired.
func (h *Host) closeExpired(context.Context) { h.sessions.CloseExpired(time.Now()) }

// watchIdle ends Run when nobody has used the appliance for a while.
func (h *Host) watchIdle(ctx context.Context) {
	if untilIdle(ctx, h.config.ServerIdleShutdown, h.wire.Connections, h.apiRequests.Load) {
		h.quit("nobody was here for a while")
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
