//go:build !race

package pages_test

import (
	"os"
	"testing"

	"workcell/host/sandbox/pages"
)

func TestResetDoesNotAllocate(t *testing.T) {
	image := newImage(t, content(scaled(16)))
	page := os.Getpagesize()
	eachMethod(t, func(t *testing.T, method pages.Method) {
		m := newMemory(t, image, pages.Config{Method: method, MaxPages: scaled(20), KeepBytes: 40 * page})
		lent := m.Reallocate(0)
		n := 0
		allocs := testing.AllocsPerRun(100, func() {
			for i := range 10 {
				lent[i*7*page]++
			}
			if n++; n%10 == 0 { // beyond KeepBytes
				for i := range 100 {
					lent[i*page]++
				}
			}
			if n%3 == 0 && method != pages.Copy { // which grows by allocating
				m.Reallocate(uint64(scaled(18) * pages.PageBytes))[scaled(17)*pages.PageBytes]++
			}
			restore := m.Reset
			if n%20 == 0 {
				restore = m.Decay
			}
			if _, err := restore(); err != nil {
				t.Fatal(err)
			}
			m.Reallocate(0)
		})
		if allocs != 0 {
			t.Errorf("%v allocations", allocs)
		}
	})
}
