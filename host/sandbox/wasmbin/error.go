package wasmbin

import "fmt"

// Problem says what is wrong with a module.
type Problem uint8

// The problems.
const (
	// Malformed: the bytes are no module in the sense of the specification's chapter "Binary Format".
	Malformed Problem = iota + 1
	// Invalid: the module refers to something that is not there. Decode checks indices, because a rewrite that adds
	// functions, types or globals could make a dangling index valid. Types are left to the engine.
	Invalid
	// Unsupported: the module uses a feature outside the core specification, version 2. Error.Feature names it.
	Unsupported
	// TooBig: the module exceeds a limit of this package.
	TooBig
)

func (p Problem) String() string {
	return [...]string{"no problem", "malformed", "invalid", "unsupported", "too big"}[p]
}

// Error says why a module was refused.
type Error struct {
	Problem Problem
	Section SectionID // the section it was found in; SectionHeader before the first
	Offset  int       // byte offset in the module, or in the body if the module was not decoded from bytes
	Feature string    // with Unsupported: "threads", "tail calls", ...
	Reason  string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s wasm: %s section, byte %#x: %s", e.Problem, e.Section, e.Offset, e.Reason)
}
