package sandbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/tetratelabs/wazero/api"

	"workcell/abi"
	"workcell/storage"
)

// Call is one run of a guest for one message. Its owner sets the first part before Pool.Run and reads Effects after it.
// A Call may be run again after Reset, with the same time and seed. One goroutine at a time.
type Call struct {
	Route    uint32
	Input    []byte // borrowed while the Call is in use
	Identity *abi.Identity
	NowMS    int64
	Seed     [32]byte
	// Store is the transaction of the call. ReadOnly makes a write a trap.
	Store    storage.Writer
	ReadOnly bool
	Settings Settings
	Held     Held
	Limits   Limits
	// Fuel is the budget of a run; 0: DefaultFuel.
	Fuel uint64
	// Log takes the lines a guest logs; nil drops them.
	Log func(level int, line string)
	// Until bounds the wait for an instance and the run. Cancel, if not nil, ends the call when it is done: the client is
	// gone.
	Until  time.Time
	Cancel context.Context

	Effects Effects
	Stderr  []byte // last part of what the guest wrote to standard error
	Used    Used

	module   *Module
	phase    phase
	function string // the host function that runs, for messages
	memory   api.Memory
	random   rand.ChaCha8
	seeded   bool  // random
	clockNS  int64 // virtual monotonic clock
	key      []byte
	pairs    *pairScan
	kept     kept
	fuel     int64 // of the budget, not yet given to the guest
	stopped  bool  // by refuel
}

// A Call is the context the engine runs it with, which is how host functions find it. It carries neither a deadline nor a
// signal for the engine: refuel ends a run.
var _ context.Context = (*Call)(nil)

// Deadline implements context.Context: there is none.
func (c *Call) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done implements context.Context: it never is.
func (c *Call) Done() <-chan struct{} { return nil }

// Err implements context.Context.
func (c *Call) Err() error { return nil }

// Value implements context.Context: there are none.
func (c *Call) Value(any) any { return nil }

// Settings are what config_get can ask for. They are not changed while a Call has them.
type Settings map[string]string

// Held are the scopes the call's connection is subscribed to.
type Held interface {
	Holds(abi.Scope) bool
	Count() int
}

// phase is what an instance is doing. Storage and effects belong to handling alone.
type phase uint8

const (
	initialising phase = iota
	describing
	handling
)

// Reset forgets what an earlier run of the Call did, and keeps buffers.
func (c *Call) Reset() {
	c.Effects = Effects{Reply: c.Effects.Reply[:0], Events: c.Effects.Events[:0], Changes: c.Effects.Changes[:0]}
	c.kept.reset()
	c.Stderr = c.Stderr[:0]
	c.Used = Used{}
	c.seeded = false
	c.clockNS = 0
}

// Module returns the module the Call runs in.
func (c *Call) Module() *Module { return c.module }

// Handling traps unless the guest is handling a message: initialisation and describe reach neither storage nor request.
func (c *Call) Handling() {
	if c.phase != handling {
		c.Trap(ReasonPhase, "only possible while a message is handled")
	}
}

// Describing reports whether the guest is asked for its manifest.
func (c *Call) Describing() bool { return c.phase == describing }

// Random returns the call's stream of random bytes. While an instance is initialised it is derived from the module, so
// that all boxes get the same image; afterwards from the call's seed.
func (c *Call) Random() *rand.ChaCha8 {
	if !c.seeded {
		seed := c.Seed
		if c.phase != handling {
			seed = c.module.hash
		}
		c.random.Seed(seed)
		c.seeded = true
	}
	return &c.random
}

// WallClock returns the call's time in Unix nanoseconds; while an instance is initialised it is the Unix epoch.
func (c *Call) WallClock() int64 {
	if c.phase != handling {
		return 0
	}
	return c.NowMS * int64(time.Millisecond)
}

// Monotonic returns a virtual clock in nanoseconds that only Sleep moves.
func (c *Call) Monotonic() int64 { return firstTick + c.clockNS }

// Sleep moves the virtual clock forward, at most to its end.
func (c *Call) Sleep(ns int64) {
	c.clockNS += min(max(ns, 0), maxVirtualNS-c.clockNS)
}

const (
	firstTick    = int64(time.Second) // language runtimes take 0 for "no clock"
	maxVirtualNS = int64(1) << 62     // 146 years
)

// Bytes returns n bytes of the guest's memory from ptr on. It is a view, valid until the guest runs again. A range that
// does not lie in the memory is a trap.
func (c *Call) Bytes(ptr, n uint32) []byte {
	b, ok := c.memory.Read(ptr, n)
	if !ok {
		c.Trap(ReasonPointer, fmt.Sprintf("%d bytes at %#x are outside the memory of %d bytes", n, ptr, c.memory.Size()))
	}
	return b
}

// Trap ends the run because of a mistake of the guest.
func (c *Call) Trap(reason Reason, detail string) {
	panic(&trap{reason: reason, detail: c.function + ": " + detail})
}

// Abort ends the run because the host failed.
func (c *Call) Abort(err error) {
	panic(&abort{err: fmt.Errorf("%s: %w", c.function, err)})
}

// AppendStderr keeps what the guest writes to standard error: the last maxStderrBytes of it.
func (c *Call) AppendStderr(p []byte) {
	p = p[max(0, len(p)-maxStderrBytes):]
	if over := len(c.Stderr) + len(p) - maxStderrBytes; over > 0 {
		c.Stderr = c.Stderr[:copy(c.Stderr, c.Stderr[over:])]
	}
	c.Stderr = append(c.Stderr, p...)
}

const maxStderrBytes = 8 << 10

// abort is the panic of Call.Abort.
type abort struct{ err error }

func (a *abort) Error() string { return a.err.Error() }
func (a *abort) Unwrap() error { return a.err }

// errNoStore is what a call without a transaction gets for reading or writing.
var errNoStore = errors.New("the call has no transaction")

// Txn returns the call's transaction.
func (c *Call) Txn() storage.Writer {
	if c.Store == nil {
		c.Abort(errNoStore)
	}
	return c.Store
}
