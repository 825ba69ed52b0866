package lsm

import "sync"

// attempt is one try to open the engine for writing. While it replays the log, Pebble repeats a write that fails for ever,
// and there is no way to stop it. So the first thing that goes wrong in the background ends the attempt: the goroutine
// that reports it is blocked for good, holding the engine's mutex, and with it everything else of the half-open engine. It
// touches the directory no more; its memory is the price.
type attempt struct {
	failed chan error // buffered

	mu    sync.Mutex
	ended bool // guarded by mu
}

// end reports whether this call has ended the attempt.
func (a *attempt) end() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	first := !a.ended
	a.ended = true
	return first
}

// fail does not return if the attempt was still going on. A nil attempt never is.
func (a *attempt) fail(err error) {
	if a != nil && a.end() {
		a.failed <- err
		select {}
	}
}

// abandoned is why an attempt was.
type abandoned struct{ err error }

func (e *abandoned) Error() string { return e.err.Error() }
func (e *abandoned) Unwrap() error { return e.err }
