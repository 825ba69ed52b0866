package wire

import (
	"strings"
	"testing"
)

// Each case writes bytes to an echo session over a real socket; the section of RFC 6455 stands beside it. want is what
// comes back before the connection is closed with code; code open means that it must still work.
func TestRFC6455(t *testing.T) {
	const open = -1
	const fin = 0x80
	long := strings.Repeat("x", 70_000)
	middle := strings.Repeat("y", 300)
	full := strings.Repeat("p", 125)
	tests := []struct {
		section string
		name    string
		send    []byte
		want    []received
		code    int // open, 0 for a close frame without code, or the code
	}{
		{"5.2", "payload length in 7 bits", rawFrame(fin|opBinary, "hello"), frames("hello"), open},
		{"5.2", "payload length in 16 bits", rawFrame(fin|opBinary, middle), frames(middle), open},
		{"5.2", "payload length in 64 bits", rawFrame(fin|opBinary, long), frames(long), open},
		{"5.2", "empty message", rawFrame(fin|opBinary, ""), frames(""), open},
		{"5.2", "length with the highest bit set", rawHeader(fin|opBinary, true, 1<<63), nil, 1002},
		{"5.2", "RSV1", rawFrame(fin|0x40|opBinary, "a"), nil, 1002},
		{"5.2", "RSV2", rawFrame(fin|0x20|opBinary, "a"), nil, 1002},
		{"5.2", "RSV3", rawFrame(fin|0x10|opBinary, "a"), nil, 1002},
		{"5.2", "RSV on a control frame", rawFrame(fin|0x40|opPing, "a"), nil, 1002},
		{"5.2", "reserved data opcode 3", rawFrame(fin|0x3, "a"), nil, 1002},
		{"5.2", "reserved data opcode 7", rawFrame(fin|0x7, "a"), nil, 1002},
		{"5.2", "reserved control opcode 11", rawFrame(fin|0xb, "a"), nil, 1002},
		{"5.2", "reserved control opcode 15", rawFrame(fin|0xf, "a"), nil, 1002},
		{"5.1", "unmasked data", append(rawHeader(fin|opBinary, false, 1), 'a'), nil, 1002},
		{"5.1", "unmasked ping", append(rawHeader(fin|opPing, false, 1), 'a'), nil, 1002},
		{"5.1", "unmasked close", append(rawHeader(fin|opClose, false, 2), 3, 232), nil, 1002},

		{
			"5.4", "two fragments",
			join(rawFrame(opBinary, "frag"), rawFrame(fin|opCont, "ment")), frames("fragment"), open,
		},
		{
			"5.4", "empty fragments at both ends",
			join(rawFrame(opBinary, ""), rawFrame(opCont, "middle"), rawFrame(fin|opCont, "")), frames("middle"), open,
		},
		{
			"5.4", "fragmented message of nothing",
			join(rawFrame(opBinary, ""), rawFrame(opCont, ""), rawFrame(fin|opCont, "")), frames(""), open,
		},
		{
			"5.4", "large fragments",
			join(rawFrame(opBinary, long), rawFrame(opCont, middle), rawFrame(fin|opCont, long)),
			frames(long + middle + long), open,
		},
		{
			"5.4", "ping between fragments",
			join(rawFrame(opBinary, "a"), rawFrame(fin|opPing, "now"), rawFrame(fin|opCont, "b")),
			[]received{{fin | opPong, "now"}, {fin | opBinary, "ab"}},
			open,
		},
		{
			"5.4", "pong between fragments",
			join(rawFrame(opBinary, "a"), rawFrame(fin|opPong, "now"), rawFrame(fin|opCont, "b")), frames("ab"), open,
		},
		{
			"5.4", "close between fragments",
			join(rawFrame(opBinary, "a"), rawFrame(fin|opClose, closeBody(1000, ""))), nil, 1000,
		},
		{"5.4", "continuation of nothing", rawFrame(fin|opCont, "a"), nil, 1002},
		{
			"5.4", "continuation after the final fragment",
			join(rawFrame(opBinary, "a"), rawFrame(fin|opCont, "b"), rawFrame(fin|opCont, "c")), frames("ab"), 1002,
		},
		{
			"5.4", "new message inside a fragmented one",
			join(rawFrame(opBinary, "a"), rawFrame(fin|opBinary, "b")), nil, 1002,
		},
		{
			"5.4", "text inside a fragmented binary message",
			join(rawFrame(opBinary, "a"), rawFrame(opText, "b")), nil, 1002,
		},

		{"5.5", "control frame with 126 bytes", rawFrame(fin|opPing, full+"p"), nil, 1002},
		{"5.5", "fragmented ping", rawFrame(opPing, "a"), nil, 1002},
		{"5.5", "fragmented close", rawFrame(opClose, closeBody(1000, "")), nil, 1002},

		{"5.5.2", "ping", rawFrame(fin|opPing, "are you there"), []received{{fin | opPong, "are you there"}}, open},
		{"5.5.2", "ping without a body", rawFrame(fin|opPing, ""), []received{{fin | opPong, ""}}, open},
		{"5.5.2", "ping with 125 bytes", rawFrame(fin|opPing, full), []received{{fin | opPong, full}}, open},
		{
			"5.5.3", "one pong for each ping, in order",
			join(rawFrame(fin|opPing, "1"), rawFrame(fin|opPing, "2"), rawFrame(fin|opBinary, "3"), rawFrame(fin|opPing, "4")),
			[]received{{fin | opPong, "1"}, {fin | opPong, "2"}, {fin | opBinary, "3"}, {fin | opPong, "4"}},
			open,
		},
		{"5.5.3", "unasked pong", rawFrame(fin|opPong, "by the way"), nil, open},

		{"5.6", "text is dropped", rawFrame(fin|opText, "grüß dich"), nil, open},
		{"5.6", "empty text", rawFrame(fin|opText, ""), nil, open},
		{
			"5.6", "character cut between fragments",
			join(rawFrame(opText, "\xe2\x82"), rawFrame(fin|opPing, "!"), rawFrame(fin|opCont, "\xac")),
			[]received{{fin | opPong, "!"}},
			open,
		},
		{"8.1", "text that is not UTF-8", rawFrame(fin|opText, "a\xffb"), nil, 1007},
		{"8.1", "text that ends inside a character", rawFrame(fin|opText, "\xe2\x82"), nil, 1007},
		{"8.1", "bad text in the second fragment", join(rawFrame(opText, "good"), rawFrame(fin|opCont, "\xc0\xaf")), nil, 1007},
		{"8.1", "bad text is seen before the message ends", rawFrame(opText, "\xed\xa0\x80"), nil, 1007},
		{"8.1", "character beyond the last one", rawFrame(fin|opText, "\xf4\x90\x80\x80"), nil, 1007},
		{"8.1", "binary need not be UTF-8", rawFrame(fin|opBinary, "\xff\xfe"), frames("\xff\xfe"), open},

		{"5.5.1", "close without a body", rawFrame(fin|opClose, ""), nil, 0},
		{"5.5.1", "close with a code", rawFrame(fin|opClose, closeBody(1000, "")), nil, 1000},
		{"5.5.1", "close with a code and a reason", rawFrame(fin|opClose, closeBody(1001, "tab closed")), nil, 1001},
		{"5.5.1", "close with the longest reason", rawFrame(fin|opClose, closeBody(1000, full[2:])), nil, 1000},
		{"5.5.1", "close with half a code", rawFrame(fin|opClose, "\x03"), nil, 1002},
		{
			"5.5.1", "nothing is read behind a close frame",
			join(rawFrame(fin|opClose, closeBody(1000, "")), rawFrame(fin|opBinary, "late")), nil, 1000,
		},
		{
			"5.5.1", "what was asked before the close is answered",
			join(rawFrame(fin|opBinary, "last"), rawFrame(fin|opClose, closeBody(1000, ""))), frames("last"), 1000,
		},
		{"8.1", "close reason that is not UTF-8", rawFrame(fin|opClose, closeBody(1000, "\xff")), nil, 1007},
		{"7.4.1", "close code of the library range", rawFrame(fin|opClose, closeBody(3000, "")), nil, 3000},
		{"7.4.2", "close code of the private range", rawFrame(fin|opClose, closeBody(4999, "")), nil, 4999},
		{"7.4.2", "close code 0", rawFrame(fin|opClose, closeBody(0, "")), nil, 1002},
		{"7.4.2", "close code 999", rawFrame(fin|opClose, closeBody(999, "")), nil, 1002},
		{"7.4.1", "close code 1004", rawFrame(fin|opClose, closeBody(1004, "")), nil, 1002},
		{"7.4.1", "close code 1005", rawFrame(fin|opClose, closeBody(1005, "")), nil, 1002},
		{"7.4.1", "close code 1006", rawFrame(fin|opClose, closeBody(1006, "")), nil, 1002},
		{"7.4.1", "close code 1015", rawFrame(fin|opClose, closeBody(1015, "")), nil, 1002},
		{"7.4.2", "close code 2999", rawFrame(fin|opClose, closeBody(2999, "")), nil, 1002},
		{"7.4.2", "close code 5000", rawFrame(fin|opClose, closeBody(5000, "")), nil, 1002},
	}
	acceptor, _ := echoes()
	r := start(t, Config{}, acceptor, nil)
	for _, tt := range tests {
		t.Run(tt.section+" "+tt.name, func(t *testing.T) {
			c := r.upgraded(t)
			defer c.nc.Close()
			c.write(tt.send)
			for _, want := range tt.want {
				c.wantFrame(want.b0&0x0f, want.payload)
			}
			if tt.code == open {
				c.write(rawFrame(fin|opBinary, "still here"))
				c.wantFrame(opBinary, "still here")
				c.write(rawFrame(fin|opClose, closeBody(1000, "")))
				c.wantClose(1000)
			} else {
				c.wantClose(tt.code)
			}
			c.wantEnd()
		})
	}
}

// frames returns final binary frames with these payloads.
func frames(payloads ...string) []received {
	var all []received
	for _, p := range payloads {
		all = append(all, received{0x80 | opBinary, p})
	}
	return all
}

// The same conversation must come out whatever way TCP cuts it.
func TestOneByteAtATime(t *testing.T) {
	acceptor, _ := echoes()
	r := start(t, Config{}, acceptor, nil)
	c := r.client(t)
	all := join([]byte(upgradeRequest),
		rawFrame(opBinary, strings.Repeat("a", 200)), rawFrame(0x80|opPing, "ping"), rawFrame(0x80|opCont, "b"),
		rawFrame(0x80|opText, "ü"), rawFrame(0x80|opBinary, ""), rawFrame(0x80|opClose, closeBody(4000, "bye")))
	for i := range all {
		c.write(all[i : i+1])
	}
	c.wantSwitch()
	c.wantFrame(opPong, "ping")
	c.wantFrame(opBinary, strings.Repeat("a", 200)+"b")
	c.wantFrame(opBinary, "")
	c.wantClose(4000)
	c.wantEnd()
}

func TestPipelinedMessagesInOneWrite(t *testing.T) {
	acceptor, _ := echoes()
	r := start(t, Config{SendQueue: 10_000}, acceptor, nil)
	c := r.upgraded(t)
	const n = 2000
	var all []byte
	for i := range n {
		all = append(all, rawFrame(0x80|opBinary, strings.Repeat("m", i%300))...)
	}
	sent := make(chan error, 1)
	go func() { // ends with the write, waited for below
		_, err := c.nc.Write(all)
		sent <- err
	}()
	for i := range n {
		c.wantFrame(opBinary, strings.Repeat("m", i%300))
	}
	if err := receive(t, sent); err != nil {
		t.Fatal(err)
	}
}

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
