package sandbox

import (
	"errors"
	"strings"
)

// Reason says why a run was ended, in one word for logs and metrics.
type Reason string

// Reasons of the engine: mistakes inside the guest's own code.
const (
	ReasonUnreachable   Reason = "unreachable"
	ReasonBounds        Reason = "out_of_bounds"
	ReasonStackOverflow Reason = "stack_overflow"
	ReasonArithmetic    Reason = "arithmetic"
	ReasonTable         Reason = "table"
	ReasonExit          Reason = "exit"
	ReasonOther         Reason = "other"
)

// Reasons of host functions: mistakes in what a guest asked for.
const (
	ReasonPointer    Reason = "bad_pointer"
	ReasonArgument   Reason = "bad_argument"
	ReasonDataSet    Reason = "undeclared_data_set"
	ReasonReadOnly   Reason = "read_only"
	ReasonRoute      Reason = "undeclared_event"
	ReasonPhase      Reason = "wrong_phase"
	ReasonWrites     Reason = "writes"
	ReasonWriteBytes Reason = "write_bytes"
	ReasonScanBytes  Reason = "scan_bytes"
	ReasonReplyBytes Reason = "reply_bytes"
	ReasonEvents     Reason = "events"
	ReasonEventBytes Reason = "event_bytes"
	ReasonHostCalls  Reason = "host_calls"
)

// Reasons of a timeout.
const (
	ReasonQueue     Reason = "queue"     // no instance was free in time
	ReasonExecution Reason = "execution" // the guest ran too long
)

// trap is the panic of Call.Trap.
type trap struct {
	reason Reason
	detail string
}

func (t *trap) Error() string { return string(t.reason) + ": " + t.detail }

// HostFailure is the error of a run that failed by a mistake of the host, or for want of its means: a host function that
// panicked, an instance that could not be made.
type HostFailure struct{ Err error }

func (f *HostFailure) Error() string { return "the sandbox failed: " + f.Err.Error() }

// Unwrap returns the cause.
func (f *HostFailure) Unwrap() error { return f.Err }

// engineTraps are the messages of wazero's traps, which it keeps in an internal package: the one place that matches an
// error by its text. A golden test pins each of them.
var engineTraps = []struct {
	text   string
	reason Reason
}{
	{"unreachable", ReasonUnreachable},
	{"out of bounds memory access", ReasonBounds},
	{"stack overflow", ReasonStackOverflow},
	{"integer divide by zero", ReasonArithmetic},
	{"integer overflow", ReasonArithmetic},
	{"invalid conversion to integer", ReasonArithmetic},
	{"invalid table access", ReasonTable},
	{"indirect call type mismatch", ReasonTable},
	{"null reference", ReasonTable},
}

// classify turns the error of a run into an Outcome.
func classify(err error) Outcome {
	var s *stop
	if errors.As(err, &s) {
		return s.out
	}
	var t *trap
	if errors.As(err, &t) {
		return Outcome{Status: Trapped, Reason: t.reason, Err: err}
	}
	var a *abort
	if errors.As(err, &a) {
		return Outcome{Status: Failed, Err: a.err}
	}
	for _, known := range engineTraps {
		if isEngineTrap(err.Error(), known.text) {
			return Outcome{Status: Trapped, Reason: known.reason, Err: err}
		}
	}
	if strings.Contains(err.Error(), "(recovered by wazero)") {
		return Outcome{Status: Failed, Err: &HostFailure{Err: err}}
	}
	return Outcome{Status: Trapped, Reason: ReasonOther, Err: err}
}

// isEngineTrap reports whether an engine error with the given text is the trap: bare, or as "wasm error: text" before the
// stack.
func isEngineTrap(message, text string) bool {
	message = strings.TrimPrefix(message, "wasm error: ")
	return message == text || strings.HasPrefix(message, text+"\n")
}
