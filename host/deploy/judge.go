package deploy

import (
	"sync"
	"time"

	"workcell/host/sandbox"
)

// Threshold says when a version has failed too often.
type Threshold struct {
	Failures int           // within Window; 0: never
	Percent  int           // of the calls within Window, at least
	Window   time.Duration // how long a failure counts
}

// judgeSlots is in how many parts a window is counted.
const judgeSlots = 12

// judge counts the calls of a version and how many of them it failed, over a sliding window. Safe for concurrent use.
type judge struct {
	threshold Threshold

	mu    sync.Mutex
	slots [judgeSlots]slot // guarded by mu
}

type slot struct {
	number          int64 // since the epoch, in parts of the window
	calls, failures int
}

// note counts a call. over tells that the version has failed too often, counting this one.
func (j *judge) note(now time.Time, failed bool) (calls, failures int, over bool) {
	if j.threshold.Failures <= 0 {
		return 0, 0, false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	number := now.UnixNano() / max(1, int64(j.threshold.Window)/judgeSlots)
	current := &j.slots[number%judgeSlots]
	if current.number != number {
		*current = slot{number: number}
	}
	current.calls++
	if !failed {
		return 0, 0, false
	}
	current.failures++
	for i := range j.slots {
		if s := &j.slots[i]; s.number > number-judgeSlots {
			calls, failures = calls+s.calls, failures+s.failures
		}
	}
	return calls, failures, failures >= j.threshold.Failures && failures*100 >= j.threshold.Percent*calls
}

// failed reports whether the end of a call counts against its version: a trap, no fuel left, or no end in time.
func failed(out sandbox.Outcome) bool {
	switch out.Status {
	case sandbox.Trapped, sandbox.OutOfFuel:
		return true
	case sandbox.TimedOut:
		return out.Reason == sandbox.ReasonExecution
	}
	return false
}
