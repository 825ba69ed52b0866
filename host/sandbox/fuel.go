package sandbox

import (
	"context"
	"errors"
	"runtime"
	"time"

	"workcell/host/sandbox/meter"
)

const (
	// DefaultFuel is the budget of a call that asks for none, in fuel units: about a unit for each instruction.
	DefaultFuel = 200_000_000
	// sliceFuel is how much a guest gets at once. When it is used up the guest's own code calls refuel, which looks at the
	// budget, the deadline and the client: that is the only place where a running guest can be ended, and where Go's
	// scheduler and collector get their turn. A slice takes a fraction of a millisecond.
	sliceFuel = 500_000
)

// refuelFunction is what metered modules import.
var refuelFunction = Function{
	Module: meter.ImportModule, Name: meter.ImportName,
	Params: []ValueType{I64}, Results: []ValueType{I64},
	Run: refuel,
}

// stop is the panic of refuel.
type stop struct{ out Outcome }

func (s *stop) Error() string { return s.out.Err.Error() }

// What a call was stopped for.
var (
	errOutOfFuel = errors.New("the call used up its fuel")
	errDeadline  = errors.New("the call ran longer than it may")
	errCanceled  = errors.New("the client is gone")
)

// refuel(left i64) i64: takes what is left of the last slice, a debt, and returns the next one or ends the call. Between two
// slices others get their turn: the collector, and calls that share the processor.
func refuel(c *Call, stack []uint64) {
	first := c.fuel == int64(c.budget())
	c.fuel += int64(stack[0])
	switch {
	case c.fuel <= 0:
		c.stop(Outcome{Status: OutOfFuel, Err: errOutOfFuel})
	case !time.Now().Before(c.Until):
		c.stop(Outcome{Status: TimedOut, Reason: ReasonExecution, Err: errDeadline})
	}
	if out, gone := c.canceled(ReasonExecution); gone {
		c.stop(out)
	}
	if !first {
		runtime.Gosched()
	}
	slice := min(sliceFuel, c.fuel)
	c.fuel -= slice
	stack[0] = uint64(slice)
}

// stop ends the run. The fuel in the guest's hands was given back, as a debt, when it asked for more.
func (c *Call) stop(out Outcome) {
	c.stopped = true
	panic(&stop{out})
}

// canceled reports whether Cancel is done, and what that means: the client left, or the time it was given is up.
func (c *Call) canceled(reason Reason) (out Outcome, gone bool) {
	if c.Cancel == nil || c.Cancel.Err() == nil {
		return Outcome{}, false
	}
	if err := c.Cancel.Err(); errors.Is(err, context.DeadlineExceeded) {
		return Outcome{Status: TimedOut, Reason: reason, Err: err}, true
	}
	return Outcome{Status: Canceled, Err: errCanceled}, true
}

// spent returns the fuel a run has used; left is what the guest still has in its hands.
func (c *Call) spent(left int64) uint64 {
	if c.stopped {
		left = 0
	}
	return uint64(max(0, int64(c.budget())-c.fuel-left))
}

// budget returns the fuel the call may use.
func (c *Call) budget() uint64 {
	if c.Fuel == 0 {
		return DefaultFuel
	}
	return min(c.Fuel, maxFuel)
}

// maxFuel keeps sums of fuel within 63 bits.
const maxFuel = 1 << 60
