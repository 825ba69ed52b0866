package meter_test

import (
	"testing"
	"time"

	"workcell/host/hosttest"
	"workcell/host/sandbox/meter"
)

func realGuests(t testing.TB) map[string][]byte {
	return map[string][]byte{
		"board": hosttest.Guest(t, "./guests/handlers/board"), "hostile": hosttest.Guest(t, "./guests/hostile"),
	}
}

func TestGoGuestsCostWhatTheOracleSays(t *testing.T) {
	for pkg, plain := range realGuests(t) {
		start := time.Now()
		fast := instrument(t, plain, meter.Config{})
		t.Logf("%s: metered in %v, %d bytes became %d (%.2f)", pkg, time.Since(start), len(plain), len(fast), float64(len(fast))/float64(len(plain)))
		slow := instrument(t, plain, meter.Config{Oracle: true})
		a := newGuest(t, "compiler", fast, ample, 1<<20)
		b := newGuest(t, "compiler", slow, ample, 1<<20)
		c := newGuest(t, "compiler", plain, ample, 1<<20)
		for _, f := range []string{"_initialize", "workcell_abi", "workcell_describe", "workcell_selftest", "workcell_warm"} {
			if a.mod.ExportedFunction(f) == nil {
				continue
			}
			metered, oracle, unmetered := a.call(f), b.call(f), c.call(f)
			if metered.trap != unmetered.trap {
				t.Errorf("%s: %s: metered %q, plain %q", pkg, f, metered.trap, unmetered.trap)
			}
			if metered.spent != oracle.spent || metered.spent == 0 {
				t.Errorf("%s: %s: spent %d, the oracle says %d", pkg, f, metered.spent, oracle.spent)
			}
			t.Logf("%s: %d units, %d refuels, trap %q", f, metered.spent, a.calls, metered.trap)
			if metered.trap != "" {
				break
			}
		}
	}
}
