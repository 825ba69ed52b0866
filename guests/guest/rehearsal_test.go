package guest_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"workcell/abi"
	"workcell/guests/guest"
)

// A rehearsed call finds in its store what a real one would.
func TestRehearsalsStoreAsAStubDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var script func(c *guest.Call)
		m := guest.Module{
			DataSets: []abi.DataSet{{Name: "a", Access: abi.AccessWrite}, {Name: "b", Access: abi.AccessWrite}},
			Routes: []guest.Route{{Route: abi.Route{ID: 2000, Kind: abi.KindWrite}, Handle: func(c *guest.Call) error {
				script(c)
				return nil
			}}},
		}
		stub, rehearsal := guest.NewStub(m), guest.NewRehearsal(&m)
		key := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 'a', 'b', 0xff}), 1, 3)
		t.Repeat(map[string]func(*rapid.T){
			"call": func(t *rapid.T) {
				set, k, value := rapid.IntRange(0, 1).Draw(t, "set"), key.Draw(t, "key"), rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "value")
				hi := rapid.OneOf(key, rapid.Just([]byte(nil))).Draw(t, "hi")
				what, reverse, most := rapid.IntRange(0, 3).Draw(t, "what"), rapid.Bool().Draw(t, "reverse"), rapid.IntRange(1, 9).Draw(t, "most")
				script = func(c *guest.Call) {
					switch what {
					case 0, 1:
						c.Put(set, k, value)
					case 2:
						c.Delete(set, k)
					}
					got, found := c.Get(set, k)
					c.Reply(fmt.Appendf(nil, "%x %t %x;", k, found, got))
					left := most
					c.Scan(set, guest.Range{Lo: k, Hi: hi, Reverse: reverse}, func(key, value []byte) bool {
						c.Reply(fmt.Appendf(nil, "%x=%x,", key, value))
						left--
						return left > 0
					})
				}
				want, got := stub.Call(2000, nil), rehearsal.Call(2000, nil)
				if string(got) != string(want.Reply) {
					t.Fatalf("got %s, want %s", got, want.Reply)
				}
			},
		})
	})
}

func TestRehearsalsRepeatAndCountRefusals(t *testing.T) {
	m := guest.Module{Routes: []guest.Route{{Route: abi.Route{ID: 2000}, Handle: func(c *guest.Call) error {
		id := make([]byte, 16)
		c.Random(id)
		c.Reply(append(id, c.Request()...))
		_, found := c.Config("any")
		if found || !c.Subscribe(abi.Scope{Kind: abi.ScopeTopic, ID: "t"}) || c.NowMS() == 0 || c.Identity().Mode != abi.AuthToken {
			t.Error("not what a handler expects")
		}
		return nil
	}}}}
	a, b := guest.NewRehearsal(&m), guest.NewRehearsal(&m)
	first, second := a.Call(2000, []byte("x")), a.Call(2000, []byte("x"))
	if string(first) == string(second) || string(first) != string(b.Call(2000, []byte("x"))) || len(first) != 17 {
		t.Errorf("%x, then %x", first, second)
	}
	if a.Refused() != 0 {
		t.Errorf("%d refused", a.Refused())
	}
	if a.Call(1, nil); a.Refused() != 1 {
		t.Errorf("%d refused, want the unknown route", a.Refused())
	}
}
