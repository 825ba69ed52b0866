package dispatch

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The clock against a model: it never goes back, and a read never gets a time after that of a write that is not finished.
func TestClockAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wall := rapid.Int64Range(0, 100).Draw(t, "wall")
		c := newClock(rapid.Int64Range(0, 100).Draw(t, "floor"))
		c.wall = func() time.Time { return time.UnixMilli(wall) }
		last := c.last
		running := map[uint64]int64{}
		t.Repeat(map[string]func(*rapid.T){
			"time passes, or is set back": func(t *rapid.T) { wall += rapid.Int64Range(-50, 50).Draw(t, "by") },
			"begin": func(t *rapid.T) {
				ms, ticket := c.begin()
				if ms < last {
					t.Fatalf("%d after %d", ms, last)
				}
				if _, taken := running[ticket]; taken {
					t.Fatalf("ticket %d was given twice", ticket)
				}
				last, running[ticket] = ms, ms
			},
			"finish": func(t *rapid.T) {
				for ticket := range running {
					c.finish(ticket)
					delete(running, ticket)
					return
				}
				t.Skip("nothing runs")
			},
			"read": func(t *rapid.T) {
				want := max(last, wall)
				for _, ms := range running {
					want = min(want, ms)
				}
				if got := c.read(); got != want {
					t.Fatalf("read gets %d, want %d", got, want)
				}
				if len(running) == 0 {
					last = want
				}
			},
		})
	})
}
