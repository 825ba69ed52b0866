package board

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTimesReadAsThoseOfPackageTime(t *testing.T) {
	check := func(t fataler, at int64) {
		want := time.Unix(at, 0).UTC().Format("2006-01-02T15:04:05-07:00")
		same(t, "time", timeText(at), want)
	}
	for _, at := range []int64{firstTime, lastTime, -1, 0, 951_782_399, 951_782_400, 951_868_800, 4_107_542_399, 4_107_542_400} {
		check(t, at)
	}
	rapid.Check(t, func(t *rapid.T) { check(t, rapid.Int64Range(firstTime, lastTime).Draw(t, "time")) })
}

func TestTimesBeyondTheCalendarDoNotPanic(t *testing.T) {
	for _, at := range []int64{firstTime - 1, lastTime + 1, -1 << 63, 1<<63 - 1} {
		if checkTime("x", at) == nil {
			t.Errorf("%d is accepted", at)
		}
		_ = timeText(at)
	}
}
