package wire

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"
)

// Random bytes, from a connection's start and behind an upgrade, end that connection at most: the others go on.
func TestRandomBytes(t *testing.T) {
	acceptor, _ := echoes()
	r := start(t, Config{MaxMessageBytes: 1000}, acceptor, nil)
	good := r.upgraded(t)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		junk := make([]byte, random.IntN(200)+1)
		for j := range junk {
			junk[j] = byte(random.Uint32())
		}
		c := r.client(t)
		switch i % 3 {
		case 1:
			c.upgrade()
		case 2: // looks right for a while
			c.upgrade()
			junk[0] = 0x82
		}
		c.nc.Write(junk) // the server may be gone by then
		c.nc.(interface{ CloseWrite() error }).CloseWrite()
		io.Copy(io.Discard, c.br)
		c.nc.Close()
	}
	good.write(rawFrame(0x82, "still here"))
	good.wantFrame(opBinary, "still here")
}

// The bits of a compressed frame, as a client sends it that believes in an extension which was not agreed.
func TestCompressedFrames(t *testing.T) {
	acceptor, _ := echoes()
	r := start(t, Config{}, acceptor, nil)
	request := with(upgradeRequest, "Host", "Host: h\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
	for _, frame := range [][]byte{
		rawFrame(0xc1, "\xf2\x48\xcd\xc9\xc9\x07\x00"), // "Hello" of RFC 7692 section 7.2.3.1
		rawFrame(0xc2, "\xf2\x48\xcd\xc9\xc9\x07\x00"),
		join(rawFrame(0x41, "\xf2\x48\xcd"), rawFrame(0x80, "\xc9\xc9\x07\x00")),
	} {
		c := r.client(t)
		c.write([]byte(request))
		res := c.response()
		if res.StatusCode != 101 || res.Header.Get("Sec-WebSocket-Extensions") != "" {
			t.Fatalf("got %v %v", res.Status, res.Header)
		}
		c.write(frame)
		c.wantClose(1002)
		c.wantEnd()
	}
}

// FuzzUpgrade puts any bytes in front of the server's reading of a request.
func FuzzUpgrade(f *testing.F) {
	f.Add([]byte(upgradeRequest))
	f.Add([]byte("GET /ws?token=%zz HTTP/1.1\r\nHost: h\r\n\r\n"))
	f.Add([]byte("GET /ws HTTP/1.1\nHost: h\nConnection: Upgrade\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 512
		to, end, err := classify(b, 0, limit)
		if end > limit || end > len(b) || (end > 0 && (to != toUpgrade || err != nil)) {
			t.Fatalf("got %v, %d, %v", to, end, err)
		}
		if end == 0 {
			return
		}
		if again, e, _ := classify(b[:end], 0, limit); again != to || e != end {
			t.Fatalf("the header alone: %v, %d", again, e)
		}
		if r, err := parseRequest(b[:end]); err == nil {
			if req, key, no := checkUpgrade(r); no == nil && (req == nil || !validKey(key)) {
				t.Fatalf("let in with key %q", key)
			} else if no != nil && !bytes.HasPrefix(no.append(nil), []byte("HTTP/1.1 4")) {
				t.Fatalf("answered %q", no.append(nil))
			}
		}
	})
}
