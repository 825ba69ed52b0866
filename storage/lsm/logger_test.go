package lsm

import (
	"testing"
	"time"
)

func TestLoggerSuppressesAFloodOfErrors(t *testing.T) {
	var l logger
	start := time.Unix(1000, 0)
	steps := []struct {
		after      time.Duration
		suppressed int
		ok         bool
	}{
		{0, 0, true},
		{time.Millisecond, 0, false},
		{999 * time.Millisecond, 0, false},
		{time.Second, 2, true},
		{3 * time.Second, 0, true},
	}
	for _, s := range steps {
		suppressed, ok := l.admit(start.Add(s.after))
		if suppressed != s.suppressed || ok != s.ok {
			t.Fatalf("after %v: %d, %v; want %d, %v", s.after, suppressed, ok, s.suppressed, s.ok)
		}
	}
}

func TestParseFormat(t *testing.T) {
	cases := map[string]struct {
		format
		ok bool
	}{
		"workcell-store 1\n":           {format{version: 1}, true},
		"workcell-store 1 creating\n":  {format{version: 1, fresh: true}, true},
		"workcell-store 12 more":       {format{version: 12}, true},
		"workcell-store 3 upgrading 1": {format{version: 3, from: 1}, true},
		"workcell-store 3 upgrading 3": {},
		"workcell-store 3 upgrading x": {},
		"workcell-store 0":             {},
		"workcell-store x":             {},
		"workcell-store":               {},
		"other 1":                      {},
		"":                             {},
	}
	for text, want := range cases {
		got, ok := parseFormat(text)
		if got != want.format || ok != want.ok {
			t.Errorf("%q = %+v, %v; want %+v, %v", text, got, ok, want.format, want.ok)
		}
		if again, ok := parseFormat(got.String()); want.ok && (!ok || again != got) {
			t.Errorf("%q does not survive a round trip", text)
		}
	}
}
