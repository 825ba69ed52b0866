package wasmbin_test

import (
	"errors"
	"strings"
	"testing"

	"workcell/host/sandbox/wasmbin"
)

func TestTheSuiteIsDecodedOrRefusedAsItSays(t *testing.T) {
	seen := map[string]int{}
	for _, s := range suiteModules(t) {
		_, err := wasmbin.Decode(s.wasm)
		seen[s.command]++
		var e *wasmbin.Error
		switch {
		case err != nil && !errors.As(err, &e):
			t.Errorf("%s: the error is no *Error: %v", s.name, err)
		case err != nil && (e.Offset < 0 || e.Offset > len(s.wasm)):
			t.Errorf("%s: the offset lies outside: %v", s.name, err)
		case s.command == "assert_malformed" && err == nil:
			t.Errorf("%s is malformed (%s) and was accepted", s.name, s.text)
		case s.command == "assert_invalid":
			// Decode has its own names for two of the suite's reasons.
			if err != nil && e.Problem != wasmbin.Invalid && e.Feature != "multiple memories" && !strings.Contains(e.Reason, "data count") {
				t.Errorf("%s is invalid (%s) and was refused for another reason: %v", s.name, s.text, err)
			}
		case s.command != "assert_malformed" && err != nil:
			t.Errorf("%s: %v", s.name, err)
		}
	}
	t.Log(seen)
}
