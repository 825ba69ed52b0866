package wire

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acceptor, made := echoes()
		r := startInMemory(t, Config{HeartbeatInterval: 30 * time.Second, HeartbeatTimeout: 70 * time.Second}, acceptor, nil)
		c := r.upgraded(t)
		e := <-made
		for range 10 { // a client that answers is kept
			c.wantFrame(opPing, "")
			c.write(rawFrame(0x8a, ""))
		}
		began := time.Now()
		c.wantFrame(opPing, "")
		c.wantFrame(opPing, "")
		if reason := c.wantClose(1001); reason != "heartbeat timeout" {
			t.Errorf("reason %q", reason)
		}
		if took := time.Since(began); took < 69*time.Second || took > 71*time.Second {
			t.Errorf("after %v", took)
		}
		c.write(rawFrame(0x88, closeBody(1001, "")))
		c.wantEnd()
		if got := <-e.closed; got.Code != CloseGoingAway || got.Remote {
			t.Errorf("got %+v", got)
		}
	})
}

// The same on sockets, with seconds that pass when the test says so.
func TestHeartbeatOfAnySocket(t *testing.T) {
	acceptor, made := echoes()
	r := start(t, Config{}, acceptor, nil)
	c := r.upgraded(t)
	e := receive(t, made)
	r.srv.beat(2, 5)
	c.write(rawFrame(0x82, "a sign of life"))
	c.wantFrame(opBinary, "a sign of life")
	for range 4 {
		r.srv.beat(2, 5)
	}
	c.wantFrame(opPing, "")
	c.wantFrame(opPing, "")
	r.srv.beat(2, 5)
	c.wantClose(1001)
	c.nc.Close()
	receive(t, e.closed)
}
