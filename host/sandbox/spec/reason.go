package spec

import (
	"errors"
	"fmt"
	"strings"
)

// reasons are what wazero says for what the suite says. The suite's tools compare the beginning of a text only, and so do
// we: "uninitialized element 7" is an "uninitialized". wazero does not tell an index beyond a table from a null in it.
var reasons = []struct {
	suite  string
	engine []string
}{
	// Traps.
	{"out of bounds memory access", []string{"out of bounds memory access"}},
	{"out of bounds table access", []string{"invalid table access"}},
	{"undefined", []string{"invalid table access"}},
	{"uninitialized", []string{"invalid table access"}},
	{"indirect call", []string{"indirect call type mismatch"}},
	{"integer overflow", []string{"integer overflow"}},
	{"integer divide by zero", []string{"integer divide by zero"}},
	{"invalid conversion to integer", []string{"invalid conversion to integer"}},
	{"unreachable", []string{"unreachable"}},
	{"call stack exhausted", []string{"stack overflow"}},
	// Failures to link.
	{"unknown import", []string{"is not exported in module", "not instantiated"}},
	{"incompatible import type", []string{"mismatch", ", not a "}},
	{"data segment does not fit", []string{"out of bounds memory access"}},
	{"elements segment does not fit", []string{"exceeds min table size"}},
}

// errDidNotFail is the outcome of what should have failed.
var errDidNotFail = errors.New("did not fail")

// failedFor returns nil if err is what the suite means by text.
func failedFor(err error, text string) error {
	if err == nil {
		return fmt.Errorf("%w: %s", errDidNotFail, text)
	}
	// Only the first line: the rest is a stack, with names of the guest's choosing.
	message, _, _ := strings.Cut(err.Error(), "\n")
	for _, r := range reasons {
		if !strings.HasPrefix(text, r.suite) {
			continue
		}
		for _, part := range r.engine {
			if strings.Contains(message, part) {
				return nil
			}
		}
	}
	return fmt.Errorf("failed for another reason than %q: %s", text, message)
}
