package deploy

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/storage"
	"workcell/storage/catalog"
)

// Runner runs the calls of a route.
type Runner interface {
	Run(c *sandbox.Call, execution time.Duration) sandbox.Outcome
}

// version is a version of a handler that is loaded.
type version struct {
	id     catalog.ID // 0: of the program
	module *sandbox.Module
	signer string // id of the key, as far as one was asked for; guarded by Machine.mu
	pool   *sandbox.Pool
	judge  judge
	report func(*version, string) // that it has failed too often; must not block

	inService atomic.Bool // whether failures have a consequence
	told      atomic.Bool // report was called
	running   atomic.Int64
	gone      atomic.Bool // it takes no calls any more
	closing   sync.Once
}

func (v *version) manifest() *abi.Manifest { return v.module.Manifest() }
func (v *version) name() string            { return v.module.Manifest().Name }

// String names v for people.
func (v *version) String() string {
	m := v.manifest()
	return fmt.Sprintf("%s %s (%.12s)", m.Name, m.Version, v.module.Hash())
}

// errGone is what a call gets that waited so long that the version it was meant for is closed.
var errGone = errors.New("the version of the handler it waited for is gone")

// Run implements Runner.
func (v *version) Run(c *sandbox.Call, execution time.Duration) sandbox.Outcome {
	v.running.Add(1)
	defer v.running.Add(-1)
	if v.gone.Load() { // looked at behind the count: close looks at the count behind setting it
		return sandbox.Outcome{Status: sandbox.TimedOut, Reason: sandbox.ReasonQueue, Err: errGone}
	}
	out := v.pool.Run(c, execution)
	bad := failed(out)
	if calls, failures, over := v.judge.note(time.Now(), bad); over && v.inService.Load() && v.told.CompareAndSwap(false, true) {
		v.report(v, fmt.Sprintf("%d of %d calls within %s failed, the last one with %s", failures, calls, v.judge.threshold.Window, ending(out)))
	}
	return out
}

// ending says how a call failed.
func ending(out sandbox.Outcome) string {
	if out.Reason == "" {
		return out.Status.String()
	}
	return out.Status.String() + " (" + string(out.Reason) + ")"
}

// drained waits until no call runs.
func (v *version) drained(ctx context.Context) error {
	const look = 2 * time.Millisecond
	for v.running.Load() > 0 {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(look):
		}
	}
	return nil
}

// close waits for the calls that run and releases the version. It may be called again.
func (v *version) close() (err error) {
	v.closing.Do(func() {
		v.gone.Store(true)
		_ = v.drained(context.Background()) // every call has a deadline
		v.pool.Close()
		err = v.module.Close(context.Background())
	})
	return err
}

// paused is the Runner of a handler that was paused.
type paused string

// Run implements Runner.
func (p paused) Run(*sandbox.Call, time.Duration) sandbox.Outcome {
	return sandbox.Outcome{Status: sandbox.Failed, Err: fmt.Errorf("handler %s is paused: %w", string(p), storage.ErrUnavailable)}
}
