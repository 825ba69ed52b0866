package board

import (
	"testing"

	ref "github.com/google/uuid"

	"workcell/abi"
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

func TestOpenSessionMakesTheUserKnown(t *testing.T) {
	w := newWorld(t)
	user := ref.MustParse("deadbeef-0000-4000-8000-000000000001")
	for _, mode := range []abi.AuthMode{abi.AuthToken, abi.AuthDesktop} {
		w.as(user).Identity.Mode = mode
		r := w.Call(abi.RouteSessionOpened, nil)
		same(t, "result", r, guest.Result{})
		w.raw(func(c *guest.Call) {
			var got pm.User
			if found, err := load(c, userKey(uuid(user)), &got); !found || err != nil {
				t.Fatal(found, err)
			}
			same(t, "user", got, pm.User{Id: user[:], Email: new("user-deadbeef@localhost"), CreatedAt: 1_700_000_000})
		})
		w.TimeMS += 5000
	}
	w.Call(abi.RouteSessionOpened, nil)
	same(t, "work for a known user", [3]int{w.Work.Gets, w.Work.Puts, w.Work.Deletes}, [3]int{1, 0, 0})
	w.fsck()
}
