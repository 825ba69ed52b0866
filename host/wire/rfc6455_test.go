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
		{"5.2", "reserved data opcode 4, with length 0", rawFrame(fin|0x4, ""), nil, 1002},
		{"5.2", "reserved data opcode 5", rawFrame(fin|0x5, "a"), nil, 1002},
		{"5.2", "reserved data opcode 6", rawFrame(fin|0x6, "a"), nil, 1002},
		{"5.2", "reserved control opcode 12", rawFrame(fin|0xc, "a"), nil, 1002},
		{"5.2", "reserved control opcode 13", rawFrame(fin|0xd, "a"), nil, 1002},
		{"5.2", "reserved control opcode 14", rawFrame(fin|0xe, "a"), nil, 1002},
		{
			"5.2", "a reserved opcode after a good message",
			join(rawFrame(fin|opBinary, "good"), rawFrame(fin|0x3, "a"), rawFrame(fin|opPing, "")), frames("good"), 1002,
		},
		{"5.2", "all reserved bits", rawFrame(fin|0x70|opBinary, "a"), nil, 1002},
		{"5.2", "RSV1 on text, as a compressed frame has it", rawFrame(fin|0x40|opText, "a"), nil, 1002},
		{"5.2", "RSV1 on close", rawFrame(fin|0x40|opClose, closeBody(1000, "")), nil, 1002},
		{
			"5.2", "RSV1 on the second fragment",
			join(rawFrame(opBinary, "a"), rawFrame(fin|0x40|opCont, "b")), nil, 1002,
		},
		{"5.2", "length 125", rawFrame(fin|opBinary, full), frames(full), open},
		{"5.2", "length 126", rawFrame(fin|opBinary, full+"p"), frames(full + "p"), open},
		{"5.2", "length 65535", rawFrame(fin|opBinary, long[:65535]), frames(long[:65535]), open},
		{"5.2", "length 65536", rawFrame(fin|opBinary, long[:65536]), frames(long[:65536]), open},
		{
			"5.2", "a short length in 64 bits", // accepted, as others do
			append(append([]byte{fin | opBinary, 0xff, 0, 0, 0, 0, 0, 0, 0, 1}, maskKey[:]...), masked("a")...), frames("a"), open,
		},
		{"5.2", "declared length of 2^62", rawHeader(fin|opBinary, true, 1<<62), nil, 1009},
		{"5.3", "a mask of zeros", append([]byte{fin | opBinary, 0x81, 0, 0, 0, 0}, 'a'), frames("a"), open},
		{"5.1", "unmasked text", append(rawHeader(fin|opText, false, 1), 'a'), nil, 1002},
		{"5.1", "unmasked continuation", append(rawFrame(opBinary, "a"), append(rawHeader(fin|opCont, false, 1), 'b')...), nil, 1002},
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
		{
			"5.4", "many fragments with pings between all of them",
			join(
				rawFrame(opBinary, "1"), rawFrame(fin|opPing, "a"), rawFrame(opCont, "2"), rawFrame(fin|opPing, "b"),
				rawFrame(opCont, "3"), rawFrame(fin|opPing, "c"), rawFrame(fin|opCont, "4"), rawFrame(fin|opPing, "d"),
			),
			[]received{{fin | opPong, "a"}, {fin | opPong, "b"}, {fin | opPong, "c"}, {fin | opBinary, "1234"}, {fin | opPong, "d"}},
			open,
		},
		{"5.4", "continuation that is not final, of nothing", rawFrame(opCont, "a"), nil, 1002},
		{
			"5.4", "binary inside a fragmented text",
			join(rawFrame(opText, "a"), rawFrame(fin|opBinary, "b")), nil, 1002,
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
		{"5.5", "ping with a length in 64 bits", rawHeader(fin|opPing, true, 1<<62), nil, 1002},
		{"5.5", "pong with 126 bytes", rawFrame(fin|opPong, full+"p"), nil, 1002},
		{"5.5", "close with 126 bytes", rawFrame(fin|opClose, closeBody(1000, full[:124])), nil, 1002},
		{"5.5", "fragmented pong", rawFrame(opPong, "a"), nil, 1002},
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
		{"5.5.2", "ping with bytes that are no text", rawFrame(fin|opPing, "\x00\xff\xfe\xfd"), []received{{fin | opPong, "\x00\xff\xfe\xfd"}}, open},
		{"5.5.3", "ten unasked pongs", join(rawFrame(fin|opPong, ""), rawFrame(fin|opPong, full)), nil, open},
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
		{
			"5.5.1", "nothing is answered behind a close frame: a ping",
			join(rawFrame(fin|opClose, closeBody(1000, "")), rawFrame(fin|opPing, "late")), nil, 1000,
		},
		{
			"5.5.1", "two close frames",
			join(rawFrame(fin|opClose, closeBody(1000, "")), rawFrame(fin|opClose, closeBody(1001, ""))), nil, 1000,
		},
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
		{"7.4.1", "close code 1016", rawFrame(fin|opClose, closeBody(1016, "")), nil, 1002},
		{"7.4.2", "close code 1100", rawFrame(fin|opClose, closeBody(1100, "")), nil, 1002},
		{"7.4.2", "close code 2000", rawFrame(fin|opClose, closeBody(2000, "")), nil, 1002},
		{"7.4.2", "close code 65535", rawFrame(fin|opClose, closeBody(65535, "")), nil, 1002},
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

// Every close code that may be on the wire is echoed; section 7.4.1 and the IANA registry.
func TestGoodCloseCodes(t *testing.T) {
	acceptor, _ := echoes()
	r := start(t, Config{}, acceptor, nil)
	for _, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999} {
		c := r.upgraded(t)
		c.write(rawFrame(0x80|opClose, closeBody(code, "reason")))
		c.wantClose(code)
		c.wantEnd()
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
