package pages

import "errors"

// What a Memory refuses by itself.
var (
	ErrNoImage = errors.New("memory has no image to return to")
	ErrFreed   = errors.New("memory is freed")
)

// Error says that the system refused a step. It wraps the system's error, or errors.ErrUnsupported.
type Error struct {
	Step string // the system call, with its command: "ioctl UFFDIO_REGISTER"
	Hint string // what an operator can do about it, or ""
	Err  error
}

func (e *Error) Error() string {
	text := e.Step + ": " + e.Err.Error()
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }
