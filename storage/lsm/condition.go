package lsm

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"workcell/storage"
)

// reason is why the store takes no writes. If there are several, the first is told.
type reason int

const (
	openedReadOnly reason = iota // for good
	flushFails                   // until one succeeds
	lowSpace                     // until there is space again
	reasons
)

// condition is what is known about the disk: whether the store takes writes, and why not. Safe for concurrent use; its
// mutex is a leaf.
type condition struct {
	log *slog.Logger

	refusal    atomic.Pointer[readOnly] // what writers get; nil: come in
	broken     atomic.Bool              // a write or sync of the log failed
	background atomic.Uint64            // failed flushes and compactions

	mu      sync.Mutex
	why     [reasons]error // guarded by mu
	flush   error          // of the last flush that ended; guarded by mu
	failing chan struct{}  // closed while flushFails; guarded by mu
}

// readOnly is an error for writers.
type readOnly struct{ why error }

func (e *readOnly) Error() string   { return fmt.Sprintf("%v: %v", storage.ErrReadOnly, e.why) }
func (e *readOnly) Unwrap() []error { return []error{storage.ErrReadOnly, e.why} }

func (c *condition) init(log *slog.Logger) {
	c.log = log
	c.failing = make(chan struct{})
}

func (c *condition) writable() error {
	if r := c.refusal.Load(); r != nil {
		return r
	}
	return c.failedLog()
}

// failedLog returns an error once the log has failed: Pebble panics if it is asked to begin the next one.
func (c *condition) failedLog() error {
	if c.broken.Load() {
		return fmt.Errorf("%w: the log could not be written, restart", storage.ErrUnavailable)
	}
	return nil
}

// set adds a reason to refuse writes.
func (c *condition) set(r reason, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setLocked(r, err)
}

// clear removes one.
func (c *condition) clear(r reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setLocked(r, nil)
}

// reason returns what set has said of r, or nil.
func (c *condition) reason(r reason) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.why[r]
}

func (c *condition) setLocked(r reason, err error) {
	if (c.why[r] == nil) == (err == nil) {
		return
	}
	before := c.refusal.Load()
	c.why[r] = err
	if r == flushFails {
		if err != nil {
			close(c.failing)
		} else {
			c.failing = make(chan struct{})
		}
	}
	var now *readOnly
	for _, why := range c.why {
		if why != nil {
			now = &readOnly{why}
			break
		}
	}
	c.refusal.Store(now)
	switch {
	case now == nil:
		c.log.Info("storage takes writes again")
	case r != openedReadOnly && (before == nil || before.why != now.why):
		c.log.Error("storage takes no writes, reads go on", "error", now.why)
	}
}

// logFailed notes that the log could not be written.
func (c *condition) logFailed(err error) {
	if !c.broken.Swap(true) {
		c.log.Error("the log could not be written, the process has to end", "error", err)
	}
}

// flushed notes how a flush has ended. A flush that had nothing to write ends with an error of its own, which is told
// from a failure by what follows: only a failure is reported as an error in the background, too.
func (c *condition) flushed(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flush = err
	if err == nil {
		c.setLocked(flushFails, nil)
	}
}

// backgroundError notes that a flush or a compaction failed. Pebble repeats both; only a flush that fails means that
// writers will soon have to wait, with the commit mutex held and for ever.
func (c *condition) backgroundError(err error) {
	c.background.Add(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flush != nil && errors.Is(err, c.flush) {
		c.setLocked(flushFails, fmt.Errorf("changes cannot be written to tables (%w): this is tried again and again", err))
	}
}

// flushFailing returns a channel that is closed when a flush has failed since the last one that succeeded.
func (c *condition) flushFailing() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failing
}
