package guest_test

import (
	"strings"
	"testing"

	"workcell/abi"
	"workcell/guests/guest"
)

// stub is a module with one writing and one reading route, both handled by handle.
func stub(handle func(*guest.Call) error) *guest.Stub {
	return guest.NewStub(guest.Module{
		DataSets: []abi.DataSet{{Name: "a", Access: abi.AccessWrite}, {Name: "b", Access: abi.AccessRead}},
		Routes: []guest.Route{
			{Route: abi.Route{ID: 2000, Kind: abi.KindWrite}, Handle: handle},
			{Route: abi.Route{ID: 2001, Kind: abi.KindRead}, Handle: handle},
		},
	})
}

func TestARefusalWithoutACodeIsARefusal(t *testing.T) {
	s := stub(func(c *guest.Call) error {
		c.Put(0, []byte("k"), []byte("v"))
		return &guest.Refusal{Message: "no"}
	})
	if r := s.Call(2000, nil); r.Refusal == nil || r.Refusal.Code != abi.CodeInternal || len(s.Pairs(0)) > 0 {
		t.Errorf("got %+v, stored %q", r, s.Pairs(0))
	}
}

func TestTheStubPanicsWhereTheSandboxTraps(t *testing.T) {
	topic := abi.Scope{Kind: abi.ScopeTopic, ID: "x"}
	for _, c := range []struct {
		name   string
		route  uint32
		do     func(*guest.Call)
		reason string
	}{
		{"a write on a read route", 2001, func(c *guest.Call) { c.Put(0, []byte("k"), nil) }, "read route"},
		{"a delete on a read route", 2001, func(c *guest.Call) { c.Delete(0, []byte("k")) }, "read route"},
		{"a write to a set for reading", 2000, func(c *guest.Call) { c.Put(1, []byte("k"), nil) }, "for reading"},
		{"an event that is not declared", 2000, func(c *guest.Call) { c.Emit(1002, nil, topic) }, "declare"},
		{"a write during a scan", 2000, func(c *guest.Call) {
			c.Put(0, []byte("k"), nil)
			c.Scan(0, guest.Range{}, func(_, _ []byte) bool { c.Delete(0, []byte("k")); return true })
		}, "during a Scan"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if p, _ := recover().(string); !strings.Contains(p, c.reason) {
					t.Errorf("panicked with %q", p)
				}
			}()
			stub(func(call *guest.Call) error { c.do(call); return nil }).Call(c.route, nil)
		})
	}
}
