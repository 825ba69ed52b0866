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

func TestTheUserOfTheAPIHasTheConfiguredName(t *testing.T) {
	w := newWorld(t)
	api, other := ref.MustParse("00000000-0000-0000-0000-000000000001"), ref.MustParse("00000000-0000-0000-0000-000000000002")
	w.Settings["api.llm_user_id"], w.Settings["api.llm_user_name"] = api.String(), "The machine"
	for user, want := range map[ref.UUID]pm.User{
		api:   {Id: api[:], Email: new(api.String() + "@system.local"), Name: new("The machine"), CreatedAt: 1_700_000_000},
		other: {Id: other[:], Email: new("user-00000000@localhost"), CreatedAt: 1_700_000_000},
	} {
		same(t, "result", w.as(user).Call(abi.RouteSessionOpened, nil), guest.Result{})
		w.raw(func(c *guest.Call) {
			var got pm.User
			if found, err := load(c, userKey(uuid(user)), &got); !found || err != nil {
				t.Fatal(found, err)
			}
			same(t, "user", got, want)
		})
	}
}
