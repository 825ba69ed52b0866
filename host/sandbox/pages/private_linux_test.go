package pages_test

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"workcell/host/sandbox/pages"
)

// anonymous returns how many KiB this process has to itself, its page tables included.
func anonymous(t testing.TB) int {
	t.Helper()
	debug.FreeOSMemory() // what the collector holds is not ours
	text, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "Anonymous:" {
			n, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			return n + status(t, "VmPTE")
		}
	}
	t.Fatal("no line Anonymous")
	return 0
}

// TestACloneCostsWhatItWrites measures the private memory of clones of a guest of 3 MiB that writes 32 pages of its own
// in every call, and has once written 200.
func TestACloneCostsWhatItWrites(t *testing.T) {
	const clones = 100
	image := newImage(t, content(scaled(48)))
	page := os.Getpagesize()
	eachMethod(t, func(t *testing.T, method pages.Method) {
		var all []*pages.Memory
		call := func(m *pages.Memory, n int, restore func() (pages.Stats, error)) {
			lent := m.Reallocate(0)
			for i := range n {
				lent[(i/4*12+i%4)*page]++ // in runs of four
			}
			if _, err := restore(); err != nil {
				t.Fatal(err)
			}
		}
		before := anonymous(t)
		each := func() int { return (anonymous(t) - before) / clones }
		for range clones {
			m := newMemory(t, image, pages.Config{Method: method, MaxPages: 1024, KeepBytes: 512 * page})
			for range 16 {
				call(m, 32, m.Reset)
			}
			all = append(all, m)
		}
		steady := each()
		for _, m := range all {
			call(m, 200, m.Reset)
		}
		peak := each()
		for _, m := range all {
			for range 2 {
				call(m, 32, m.Decay)
			}
		}
		decayed := each()
		t.Logf("KiB a clone: %d in use, %d after a call that wrote more, %d after two decays", steady, peak, decayed)
		if method == pages.Copy {
			return
		}
		written := 32 * page >> 10
		if limit := written + 64; steady > limit {
			t.Errorf("%d KiB in use, want at most %d", steady, limit)
		}
		if limit := written + 64; decayed > limit {
			t.Errorf("%d KiB after two decays, want at most %d", decayed, limit)
		}
		if keeps := method >= pages.Read; keeps && peak-steady < 150*page>>10 {
			t.Errorf("%d KiB after 200 pages were written: this test sees nothing", peak)
		}
	})
}
