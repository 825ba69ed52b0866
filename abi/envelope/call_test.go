package envelope_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"workcell/abi/envelope"
	"workcell/host/client/pmpb"
)

// The messages for custom routes are those of the schema, byte for byte.
func TestCallsAgainstTheSchema(t *testing.T) {
	same := func(t *rapid.T, got []byte, want proto.Message) {
		t.Helper()
		expected, err := proto.MarshalOptions{Deterministic: true}.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(expected) {
			t.Fatalf("%v is written as %x, want %x", want, got, expected)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		route, scope := rapid.String().Draw(t, "route"), rapid.String().Draw(t, "scope")
		payload := rapid.SliceOf(rapid.Byte()).Draw(t, "payload")
		same(t, envelope.AppendCallReply(nil, route, payload), &pmpb.CallReply{Route: route, Payload: payload})
		same(t, envelope.AppendCallEvent(nil, route, scope, payload), &pmpb.CallEvent{Route: route, Scope: scope, Payload: payload})
		request, err := proto.Marshal(&pmpb.CallRequest{Route: route, Payload: payload})
		if err != nil {
			t.Fatal(err)
		}
		gotRoute, gotPayload, ok := envelope.ReadCall(request)
		if !ok || string(gotRoute) != route || string(gotPayload) != string(payload) {
			t.Fatalf("%q %x came back as %q %x, %t", route, payload, gotRoute, gotPayload, ok)
		}
	})
}

// compareCall fails unless ReadCall and the generated code agree on p.
func compareCall(t testing.TB, p []byte) {
	t.Helper()
	route, payload, ok := envelope.ReadCall(p)
	var want pmpb.CallRequest
	if err := proto.Unmarshal(p, &want); (err == nil) != ok {
		t.Fatalf("%x: read %t, by the generated code %v", p, ok, err)
	}
	if ok && (string(route) != want.Route || string(payload) != string(want.Payload)) {
		t.Fatalf("%x was read as %q %x, want %q %x", p, route, payload, want.Route, want.Payload)
	}
}

func FuzzReadCall(f *testing.F) {
	f.Add([]byte("\x0a\x05notes\x12\x03abc"))
	f.Add([]byte("\x0a\x01a\x0a\x01b\x12\x00\x18\x05"))
	f.Add([]byte("\x0a\x01\xff"))
	f.Add([]byte("\x08\x01\x10\x02"))
	f.Fuzz(func(t *testing.T, p []byte) { compareCall(t, p) })
}

func TestNamesOfCustomRoutes(t *testing.T) {
	for _, c := range []struct {
		name string
		want bool
	}{
		{"a", true},
		{"standup/add", true},
		{"a-z_0.9/", true},
		{strings.Repeat("n", envelope.MaxRouteBytes), true},
		{strings.Repeat("n", envelope.MaxRouteBytes+1), false},
		{"", false},
		{"Add", false},
		{"a b", false},
		{"ä", false},
		{"a\x00", false},
	} {
		if got := envelope.ValidRoute([]byte(c.name)); got != c.want {
			t.Errorf("%q: %t, want %t", c.name, got, c.want)
		}
	}
}
