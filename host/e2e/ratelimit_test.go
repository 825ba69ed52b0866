package e2e

import (
	"fmt"
	"testing"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// nextReply waits for a message that is no event.
func nextReply(t *testing.T, c *client.Raw) *pmpb.WebSocketMessage {
	t.Helper()
	for {
		raw, err := c.Receive(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		if m := decode(t, raw); m.Sequence == nil {
			return m
		}
	}
}

func TestAClientThatSendsTooMuchIsToldSoAndThenClosed(t *testing.T) {
	a := start(t, boardOnly, map[string]string{"rate_limit.max_requests": "3", "rate_limit.window_secs": "3600"})
	other, c := a.raw(t, bob), a.raw(t, ann)
	request := func(id string) []byte {
		return marshal(t, identified(id, &pmpb.CreateProjectRequest{Title: "Garden", Key: "GDN" + id}))
	}
	for n := range 7 { // the first three are changes, whose answers wait for the disk; those of the others do not
		if err := c.SendBytes(t.Context(), client.Binary, request(fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 7 {
		got := nextReply(t, c)
		if want := n >= 3; got.MessageId != fmt.Sprint(n) || (got.GetError().GetCode() == "RATE_LIMITED") != want {
			t.Errorf("in place of the answer to %d came %v", n, got)
		}
	}
	if err := c.SendBytes(t.Context(), client.Binary, request("7")); err != nil {
		t.Fatal(err)
	}
	wantClose(t, c, 1008)
	pong(t, other) // the limit is one of each connection
	if families := metrics(t, a); metric(families, "pm_ws_rate_limited_total", "") != 5 {
		t.Errorf("%v messages were counted", metric(families, "pm_ws_rate_limited_total", ""))
	}
}
