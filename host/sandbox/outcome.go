package sandbox

// Status is how a run ended.
type Status uint8

// The ways in which a run can end.
const (
	// OK: the guest returned 0. Its Effects are to be made real.
	OK Status = iota
	// Refused: the guest returned an error by design: Effects.Refusal.
	Refused
	// Trapped: the guest ended abnormally.
	Trapped
	// OutOfFuel: the guest used up its fuel.
	OutOfFuel
	// TimedOut: the deadline passed, while the call waited for an instance or ran.
	TimedOut
	// Canceled: the client is gone.
	Canceled
	// Failed: the host or the storage failed: Outcome.Err.
	Failed
)

var statusNames = [...]string{"ok", "refused", "trapped", "out_of_fuel", "timed_out", "canceled", "failed"}

// String returns the name of s as logs and metrics show it.
func (s Status) String() string { return statusNames[s] }

// Outcome is how a run ended, for the caller and the log.
type Outcome struct {
	Status Status
	Reason Reason // of a trap or a timeout
	Fuel   uint64 // units used
	Err    error  // detail for the log; never for a client
}
