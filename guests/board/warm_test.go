package board

import (
	"testing"

	"workcell/guests/guest"
)

// A call that is refused would warm up the refusals.
func TestTheWarmUpIsNotRefused(t *testing.T) {
	m := Module()
	if m.Warm == nil {
		t.Fatal("there is none")
	}
	m.Warm()
	r := guest.NewRehearsal(&m)
	rehearse(r)
	same(t, "refused", r.Refused(), 0)
}
