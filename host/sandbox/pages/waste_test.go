package pages

import "testing"

func TestWaste(t *testing.T) {
	for name, c := range map[string]struct {
		dirty func(call int) int // pages found after a call
		lo,
		hi int // calls until it is time; 0: never
	}{
		"a guest that repeats itself":       {func(int) int { return 40 }, 0, 0},
		"one that does nothing":             {func(int) int { return 0 }, 0, 0},
		"one page more than the first call": {func(n int) int { return 40 + min(n, 1) }, 400, 600},
		"other pages in each call":          {func(n int) int { return 40 + 8*n }, 20, 40},
		"one large call":                    {func(n int) int { return 40 + 400*min(n, 1) }, 10, 20},
	} {
		var w waste
		at := 0
		for call := range 1000 {
			if w.add(c.dirty(call)) {
				at = call
				break
			}
		}
		if at < c.lo || at > c.hi {
			t.Errorf("%s: after %d calls", name, at)
		}
	}
}
