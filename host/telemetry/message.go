package telemetry

import "time"

// Message is what became of one message of a client. The dispatcher tells it to its observer when the answer is known;
// metrics and traces are made from it. Times that did not come are zero.
type Message struct {
	Handler     string // name of the route
	Correlation string
	Outcome     string // Succeeded, Replayed, or the name of the fault's kind
	Code        string // what the client was told; empty for success
	Reason      string // of a trap or a timeout
	Reply       uint32 // number of the answer's payload; 0 for none

	StorageFailed bool // rather than the client, the guest or the load

	Received time.Time
	Admitted time.Time // it had its turn, and its first run began
	Called   time.Time // the last run of the guest began
	Returned time.Time // and ended
	Applied  time.Time // its writes were validated and applied
	Durable  time.Time // and synced
	Answered time.Time

	Fuel      uint64 // of all runs
	Conflicts int    // commits it lost
	Retries   int    // of the storage's work, after it failed
	BytesIn   int    // of the envelope
	BytesOut  int    // of the answer's envelope
}

// Outcomes that are no faults.
const (
	Succeeded = "ok"
	Replayed  = "replayed"
)
