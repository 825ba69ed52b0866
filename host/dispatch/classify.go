package dispatch

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"workcell/abi"
	"workcell/host/fault"
	"workcell/host/sandbox"
	"workcell/storage"
	"workcell/storage/guard"
)

// failure is a run that did not end well.
type failure struct {
	outcome sandbox.Outcome
	refusal sandbox.Refusal
	handler *Handler
	stderr  string
}

// maxCauseBytes bounds what the log tells of a run's end.
const maxCauseBytes = 8 << 10

func (f *failure) Error() string {
	text := fmt.Sprintf("handler %s %s: %s", f.handler.Manifest.Name, f.handler.Manifest.Version, f.outcome.Status)
	if f.outcome.Reason != "" {
		text += " (" + string(f.outcome.Reason) + ")"
	}
	if f.outcome.Err != nil { // a stack names functions as the guest likes
		text += fmt.Sprintf(": %.*s", maxCauseBytes, f.outcome.Err)
	}
	if f.outcome.Status == sandbox.Refused {
		text += " " + f.refusal.Code.String() + " " + f.refusal.Field
	}
	if f.stderr != "" {
		text += "\nguest: " + f.stderr
	}
	return text
}

func (f *failure) Unwrap() error { return f.outcome.Err }

// classify is the one place where an error becomes a Fault. A nil error gives nil.
func classify(err error) *fault.Fault {
	if err == nil {
		return nil
	}
	var ready *fault.Fault
	if errors.As(err, &ready) {
		return ready
	}
	var f *failure
	if errors.As(err, &f) && f.outcome.Status != sandbox.Failed {
		return classifyRun(f)
	}
	var open *guard.OpenError
	if errors.As(err, &open) {
		return &fault.Fault{
			Kind: fault.Unavailable, Cause: err,
			Message: "The service is not available, retry in " + strconv.Itoa(open.RetryAfterSeconds) + " seconds",
		}
	}
	for _, known := range []struct {
		err  error
		kind fault.Kind
	}{
		{storage.ErrConflict, fault.Contended},
		{storage.ErrUncertain, fault.Uncertain},
		{storage.ErrUnavailable, fault.Unavailable},
		{storage.ErrReadOnly, fault.Unavailable},
		{storage.ErrCorrupt, fault.Corrupt},
		{context.DeadlineExceeded, fault.Deadline},
		{context.Canceled, fault.Canceled},
	} {
		if errors.Is(err, known.err) {
			return fault.New(known.kind, err)
		}
	}
	if f != nil && isHostFailure(f) {
		return fault.New(fault.Internal, err)
	}
	return fault.New(fault.Storage, err)
}

// classifyRun classifies a run that the guest itself ended.
func classifyRun(f *failure) *fault.Fault {
	switch f.outcome.Status {
	case sandbox.Refused:
		kind := fault.Rejected
		if f.refusal.Code == abi.CodeInternal {
			kind = fault.Internal
		}
		return &fault.Fault{Kind: kind, Code: f.refusal.Code.String(), Field: f.refusal.Field, Message: f.refusal.Message, Cause: f}
	case sandbox.OutOfFuel:
		return fault.New(fault.OutOfFuel, f)
	case sandbox.TimedOut:
		return fault.New(fault.Deadline, f)
	case sandbox.Canceled:
		return fault.New(fault.Canceled, f)
	default:
		return fault.New(fault.Trapped, f)
	}
}

// isHostFailure reports whether a run failed because a host function panicked by mistake, rather than by the storage.
func isHostFailure(f *failure) bool {
	var panicked *sandbox.HostFailure
	return errors.As(f.outcome.Err, &panicked)
}

// verdict is what a message says about the storage: only the storage's own failures count against it.
func verdict(f *fault.Fault) guard.Result {
	if f == nil {
		return guard.Success
	}
	switch f.Kind {
	case fault.Storage, fault.Corrupt, fault.Uncertain:
		return guard.Failure
	case fault.Rejected:
		return guard.Success
	default:
		return guard.Neither
	}
}
