package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Opcodes and a well-formed upgrade as RFC 6455 writes them, apart from the server's code on purpose.
const (
	opCont   = 0x0
	opText   = 0x1
	opBinary = 0x2
	opClose  = 0x8
	opPing   = 0x9
	opPong   = 0xa

	upgradeRequest = "GET /ws HTTP/1.1\r\nHost: board.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
	upgradeAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" // section 1.3 works this example out
)

// client is the far end of a connection: bytes out, responses and frames in.
type client struct {
	t  testing.TB
	nc net.Conn
	br *bufio.Reader
}

func (r *rig) client(t testing.TB) *client {
	t.Helper()
	nc, err := r.dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	if _, real := nc.(*net.TCPConn); real {
		nc.SetDeadline(time.Now().Add(patience))
	}
	return &client{t, nc, bufio.NewReader(nc)}
}

// upgraded returns a client whose connection is a WebSocket.
func (r *rig) upgraded(t testing.TB) *client {
	t.Helper()
	c := r.client(t)
	c.upgrade()
	return c
}

func (c *client) upgrade() {
	c.t.Helper()
	c.write([]byte(upgradeRequest))
	c.wantSwitch()
}

func (c *client) wantSwitch() {
	c.t.Helper()
	res := c.response()
	if res.StatusCode != 101 || res.Header.Get("Sec-WebSocket-Accept") != upgradeAccept {
		c.t.Fatalf("upgrade: %v %v", res.Status, res.Header)
	}
}

func (c *client) response() *http.Response {
	c.t.Helper()
	res, err := http.ReadResponse(c.br, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return res
}

// wantStatus reads a whole response and returns it with its body.
func (c *client) wantStatus(status int) (*http.Response, string) {
	c.t.Helper()
	res := c.response()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if res.StatusCode != status {
		c.t.Fatalf("got %s %q, want %d", res.Status, body, status)
	}
	return res, string(body)
}

func (c *client) write(b []byte) {
	c.t.Helper()
	if _, err := c.nc.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

// received is a frame from the server; b0 has FIN, RSV and the opcode.
type received struct {
	b0      byte
	payload string
}

func (f received) String() string {
	return fmt.Sprintf("%#x %.60q (%d bytes)", f.b0, f.payload, len(f.payload))
}

func (c *client) frame() (received, error) {
	var head [2]byte
	var wide [8]byte
	if _, err := io.ReadFull(c.br, head[:2]); err != nil {
		return received{}, err
	}
	length := uint64(head[1])
	if length >= 126 {
		size := 2
		if length == 127 {
			size = 8
		}
		if _, err := io.ReadFull(c.br, wide[8-size:8]); err != nil {
			return received{}, err
		}
		length = binary.BigEndian.Uint64(wide[:])
	}
	if head[1] > 127 || length > 1<<30 {
		return received{}, fmt.Errorf("a masked or absurd frame: %x %x", head, wide)
	}
	payload := make([]byte, length)
	_, err := io.ReadFull(c.br, payload)
	return received{head[0], string(payload)}, err
}

func (c *client) wantFrame(opcode byte, payload string) {
	c.t.Helper()
	got, err := c.frame()
	if want := (received{0x80 | opcode, payload}); err != nil || got != want {
		c.t.Fatalf("got %v, %v; want %v", got, err, want)
	}
}

// wantClose expects a close frame with this code, 0 for one without, and returns its reason.
func (c *client) wantClose(code int) string {
	c.t.Helper()
	got, err := c.frame()
	if err != nil || got.b0 != 0x80|opClose {
		c.t.Fatalf("got %v, %v; want close %d", got, err, code)
	}
	if code == 0 {
		if got.payload != "" {
			c.t.Fatalf("got %v, want a close frame without code", got)
		}
		return ""
	}
	if len(got.payload) < 2 || int(got.payload[0])<<8|int(got.payload[1]) != code {
		c.t.Fatalf("got %v, want close %d", got, code)
	}
	return got.payload[2:]
}

// wantEnd expects the server to end the stream, cleanly.
func (c *client) wantEnd() {
	c.t.Helper()
	if b, err := c.br.ReadByte(); err != io.EOF {
		c.t.Fatalf("got %#x, %v; want the end of the stream", b, err)
	}
}

// rawFrame writes down a frame from its parts: the first byte as it is, then a mask, then the masked payload.
func rawFrame(b0 byte, payload string) []byte {
	return append(rawHeader(b0, true, uint64(len(payload))), masked(payload)...)
}

func rawHeader(b0 byte, mask bool, length uint64) []byte {
	bit := byte(0)
	if mask {
		bit = 0x80
	}
	b := []byte{b0}
	switch {
	case length < 126:
		b = append(b, bit|byte(length))
	case length < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, bit|126), uint16(length))
	default:
		b = binary.BigEndian.AppendUint64(append(b, bit|127), length)
	}
	if mask {
		b = append(b, maskKey[:]...)
	}
	return b
}

var maskKey = [4]byte{0x37, 0xfa, 0x21, 0x3d}

func masked(payload string) []byte {
	b := []byte(payload)
	for i := range b {
		b[i] ^= maskKey[i%4]
	}
	return b
}

func closeBody(code int, reason string) string {
	return string([]byte{byte(code >> 8), byte(code)}) + reason
}

func join(frames ...[]byte) []byte { return bytes.Join(frames, nil) }

// without removes the line of a header field from a request, and with puts another in its place.
func without(request, field string) string { return with(request, field, "") }

func with(request, field, line string) string {
	start := strings.Index(request, "\r\n"+field+":") + 2
	if start < 2 {
		panic("no " + field)
	}
	end := start + strings.Index(request[start:], "\r\n") + 2
	if line != "" {
		line += "\r\n"
	}
	return request[:start] + line + request[end:]
}
