package spec

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// refusable are the malformed and invalid binary modules of v1.
const refusable = 661 + 989

func runV1(t *testing.T, transform Transform, hooks Hooks) Result {
	t.Helper()
	rc := wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(api.CoreFeaturesV1)
	return Run(t, suiteDir(t, "v1"), rc, transform, hooks)
}

func TestATransformThatRefusesAllIsRightAboutTheRefusableAlone(t *testing.T) {
	r := runV1(t, func([]byte) ([]byte, error) { return nil, errors.New("no") }, Hooks{})
	if r.Passed != refusable {
		t.Errorf("%s, not %d passed", r, refusable)
	}
}

func TestATransformThatRepairsFails(t *testing.T) {
	empty := []byte("\x00asm\x01\x00\x00\x00")
	r := runV1(t, func([]byte) ([]byte, error) { return empty, nil }, Hooks{})
	accepted := 0
	for _, f := range r.Failures {
		if strings.Contains(f, "assert_malformed: did not fail") || strings.Contains(f, "assert_invalid: did not fail") {
			accepted++
		}
	}
	if accepted != refusable {
		t.Errorf("%d repaired modules are reported, not %d", accepted, refusable)
	}
	if len(r.Failures) != r.Failed {
		t.Errorf("%d failures are described, of %d", len(r.Failures), r.Failed)
	}
}

func TestOneWrongInstructionIsNoticed(t *testing.T) {
	// local.get 0, local.get 1, i32.add becomes i32.sub.
	add, sub := []byte{0x20, 0, 0x20, 1, 0x6a}, []byte{0x20, 0, 0x20, 1, 0x6b}
	r := runV1(t, func(wasm []byte) ([]byte, error) { return bytes.Replace(wasm, add, sub, 1), nil }, Hooks{})
	if !slices.ContainsFunc(r.Failures, func(f string) bool { return strings.HasPrefix(f, "i32.wast:") }) {
		t.Errorf("%s: none in i32.wast", r)
	}
}

func TestInstallMeetsEachRuntimeOnce(t *testing.T) {
	var installed atomic.Int64
	r := runV1(t, nil, Hooks{Install: func(ctx context.Context, r wazero.Runtime) error {
		installed.Add(1)
		_, err := r.NewHostModuleBuilder("extra").Instantiate(ctx)
		return err
	}})
	if r.Failed != 0 || installed.Load() != 73 {
		t.Errorf("%s, installed %d times", r, installed.Load())
	}
}
