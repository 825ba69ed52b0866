package wire

import "testing"

func TestSessionLearnsHowItEnded(t *testing.T) {
	tests := []struct {
		name string
		end  func(c *client, e *echo)
		want CloseReason
	}{
		{"client closes", func(c *client, _ *echo) {
			c.write(rawFrame(0x80|opClose, closeBody(4001, "logged out")))
			c.wantClose(4001)
		}, CloseReason{Code: 4001, Text: "logged out", Remote: true}},
		{"client closes without a code", func(c *client, _ *echo) {
			c.write(rawFrame(0x80|opClose, ""))
			c.wantClose(0)
		}, CloseReason{Code: CloseNoStatus, Remote: true}},
		{"client breaks the protocol", func(c *client, _ *echo) {
			c.write(rawFrame(opPing, ""))
			c.wantClose(1002)
			c.nc.Close()
		}, CloseReason{Code: CloseProtocolError, Text: "control frame is not final"}},
		{"session closes", func(c *client, e *echo) {
			e.conn.Close(ClosePolicy, "rate limit exceeded")
			e.conn.Close(CloseNormal, "too late")
			if reason := c.wantClose(1008); reason != "rate limit exceeded" {
				c.t.Errorf("reason %q", reason)
			}
			c.write(rawFrame(0x80|opClose, closeBody(1008, "")))
			c.wantEnd()
		}, CloseReason{Code: ClosePolicy, Text: "rate limit exceeded"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			acceptor, made := echoes()
			r := start(t, Config{}, acceptor, nil)
			c := r.upgraded(t)
			e := receive(t, made)
			tt.end(c, e)
			if got := receive(t, e.closed); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			if err := e.conn.Send(frameOf(nil)); err != ErrClosed {
				t.Errorf("send afterwards: %v", err)
			}
			r.stop()
			if len(e.closed) != 0 {
				t.Error("closed twice")
			}
		})
	}
}

// A client that vanishes without a close frame gets what is queued and no close frame (operations: transport errors).
func TestEndOfStreamWithoutCloseFrame(t *testing.T) {
	acceptor, made := echoes()
	r := start(t, Config{}, acceptor, nil)
	c := r.upgraded(t)
	e := receive(t, made)
	c.write(rawFrame(0x80|opBinary, "last words"))
	c.nc.(interface{ CloseWrite() error }).CloseWrite()
	c.wantFrame(opBinary, "last words")
	c.wantEnd()
	if got := receive(t, e.closed); got.Code != CloseAbnormal || got.Remote || got.Err == nil {
		t.Errorf("got %+v", got)
	}
}
