package deploy

import (
	"fmt"

	"workcell/storage/catalog"
)

// Refusal is the error of a module, or of an operation, that is refused: what is wrong, and what to do about it.
type Refusal struct {
	Before  catalog.State // the step that was not reached; empty before the first one
	Problem string
	Hint    string
	Cause   error // may be nil
}

func (r *Refusal) Error() string {
	text := r.Problem + ": " + r.Hint
	if r.Before != "" {
		text = "not " + string(r.Before) + ": " + text
	}
	return text
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

// refuse returns a Refusal.
func refuse(cause error, hint, format string, args ...any) error {
	return &Refusal{Problem: fmt.Sprintf(format, args...), Hint: hint, Cause: cause}
}
