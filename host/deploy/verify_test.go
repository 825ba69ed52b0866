package deploy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"workcell/abi"
	"workcell/host/deploy"
)

// What a server says of a module is what it would do with it, and it says no more: nothing is kept, nothing is changed. That
// it refuses for the same reasons is seen in the gallery.
func TestVerifyingChangesNothing(t *testing.T) {
	w := newWorld(t, options{builtin: []*guest{hello("1.0.0")}})
	taker := hello("9.0.0").with(func(m *abi.Manifest) { m.Name = "taker" }).wasm()
	for _, r := range []deploy.Request{{Wasm: hello("1.1.0").wasm()}, {Wasm: named("tiny", 2001).wasm()}, {Wasm: taker, TakeOver: true}} {
		if v, err := w.machine.Verify(t.Context(), r); err != nil || v.Manifest.Version == "" || v.Signer != "" {
			t.Errorf("verified with %+v, %v", v, err)
		}
	}
	if _, err := w.machine.Verify(t.Context(), deploy.Request{Wasm: taker}); err == nil || !strings.Contains(err.Error(), "--take-over") {
		t.Errorf("verified with %v", err)
	}
	w.wants("hello 1.0.0 active")
	if history, err := w.machine.History(1); len(history) != 0 || err != nil {
		t.Errorf("history %+v, %v", history, err)
	}
	if files, err := os.ReadDir(filepath.Join(w.dir, deploy.ModulesDir)); len(files) != 0 || err != nil {
		t.Errorf("%v are left, %v", files, err)
	}
	if d := w.push(hello("1.1.0")); d.ID != 1 {
		t.Errorf("the first version is number %d", d.ID)
	}
}
