package deploy_test

import (
	"testing"

	"workcell/host/deploy"
	"workcell/host/sandbox/hostcall"
)

// Whatever the bytes are, taking them apart ends with an Anatomy, and perhaps a Refusal.
func FuzzExamine(f *testing.F) {
	for _, g := range []*guest{hello("1.0.0"), named("other", 2001)} {
		f.Add(g.wasm())
	}
	f.Add(importing("env", "abort"))
	f.Add([]byte("\x00asm\x0d\x00\x01\x00"))
	functions := hostcall.Functions()
	f.Fuzz(func(t *testing.T, wasm []byte) {
		a, err := deploy.Examine(wasm, functions, 1024)
		if a == nil || len(a.Hash) != 64 || a.Bytes != len(wasm) {
			t.Fatalf("taken apart as %+v", a)
		}
		if err != nil {
			if text := err.Error(); text == "" || len(text) > 64<<10 {
				t.Fatalf("refused in %d bytes", len(text))
			}
			return
		}
		_ = a.Weigh(wasm)
	})
}
