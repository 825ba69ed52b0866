package pages_test

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"workcell/host/sandbox/pages"
)

// TestMemoriesDoNotMeet lets many memories over one image come, be written and go at once.
func TestMemoriesDoNotMeet(t *testing.T) {
	want := content(8)
	eachMethod(t, func(t *testing.T, method pages.Method) {
		image := newImage(t, want)
		var all sync.WaitGroup
		for worker := range 8 {
			all.Go(func() {
				r := rand.New(rand.NewPCG(uint64(worker), 0))
				for range 6 {
					m, err := pages.New(image, pages.Config{Method: method, MaxPages: 12, KeepBytes: 128 << 10})
					if err != nil {
						t.Error(err)
						return
					}
					for round := range 25 {
						lent := m.Reallocate(0)
						if !bytes.Equal(lent, want) {
							t.Errorf("worker %d, round %d: not the image", worker, round)
						}
						if round%5 == 0 {
							lent = m.Reallocate(10 * pages.PageBytes)
						}
						for range r.IntN(40) {
							lent[r.IntN(len(lent))] = byte(worker)
						}
						restore := m.Reset
						if round%7 == 6 {
							restore = m.Decay
						}
						if _, err := restore(); err != nil {
							t.Error(err)
						}
						if round%10 == 0 {
							runtime.GC()
						}
					}
					m.Free()
				}
			})
		}
		all.Wait()
	})
}
