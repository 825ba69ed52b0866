package wire

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"testing"
)

func digest(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }

// httpSide answers with a digest of what it got, and on /big with a large body.
var httpSide = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/big" {
		w.Write(bytes.Repeat([]byte("0123456789abcdef"), 1<<16))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, "%s %s %s", r.Method, r.URL.Path, digest(body))
})

func TestHTTPAndThenWebSocketOnOneConnection(t *testing.T) {
	acceptor, _ := echoes()
	r := start(t, Config{}, acceptor, httpSide)
	c := r.client(t)
	remote := c.nc.LocalAddr().String()

	c.write([]byte("GET /health HTTP/1.1\r\nHost: h\r\n\r\n"))
	if _, body := c.wantStatus(200); body != "GET /health "+digest(nil) {
		t.Error(body)
	}
	large := bytes.Repeat([]byte("body"), 1<<18)
	c.write(append(fmt.Appendf(nil, "POST /import HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n", len(large)), large...))
	if _, body := c.wantStatus(200); body != "POST /import "+digest(large) {
		t.Error(body)
	}
	c.write([]byte("GET /big HTTP/1.1\r\nHost: h\r\n\r\n"))
	if _, body := c.wantStatus(200); len(body) != 1<<20 {
		t.Errorf("%d bytes", len(body))
	}
	c.write([]byte("POST /ws HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"))
	c.wantStatus(405)
	c.upgrade()
	c.write(rawFrame(0x82, remote))
	c.wantFrame(opBinary, remote)
	if n := r.srv.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestHTTPOneByteAtATime(t *testing.T) {
	acceptor, _ := echoes()
	r := start(t, Config{}, acceptor, httpSide)
	c := r.client(t)
	request := []byte("GET /wsx HTTP/1.1\r\nHost: h\r\n\r\n") // leaves the upgrade's path at its last letter
	for i := range request {
		c.write(request[i : i+1])
	}
	if _, body := c.wantStatus(200); body != "GET /wsx "+digest(nil) {
		t.Error(body)
	}
}

func TestPipelinedHTTP(t *testing.T) {
	acceptor, _ := echoes()
	r := start(t, Config{}, acceptor, httpSide)
	c := r.client(t)
	c.write([]byte("PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\naGET /b HTTP/1.1\r\nHost: h\r\n\r\n"))
	if _, body := c.wantStatus(200); body != "PUT /a "+digest([]byte("a")) {
		t.Error(body)
	}
	if _, body := c.wantStatus(200); body != "GET /b "+digest(nil) {
		t.Error(body)
	}
}

func TestSort(t *testing.T) {
	tests := []struct {
		in   string
		want destination
	}{
		{"", undecided},
		{"G", undecided},
		{"GET /ws", undecided},
		{"GET /ws ", toUpgrade},
		{"GET /ws?", toUpgrade},
		{"GET /ws?a=b HTTP/1.1\r\n", toUpgrade},
		{"P", toHTTP},
		{"GET /x", toHTTP},
		{"GET /wsx", toHTTP},
		{"GET /ws/", toHTTP},
		{"get /ws ", toHTTP},
		{"GET  /ws", toHTTP},
	}
	for _, tt := range tests {
		if got := sort([]byte(tt.in)); got != tt.want {
			t.Errorf("%q: got %d, want %d", tt.in, got, tt.want)
		}
	}
}

func TestHeaderEnd(t *testing.T) {
	tests := []struct {
		in   string
		want int
	}{
		{"", 0},
		{"\n", 0},
		{"a: b\r\n", 0},
		{"a: b\r\n\r", 0},
		{"a: b\r\n\r\n", 8},
		{"a: b\n\n", 6},
		{"a: b\n\r\n", 7},
		{"a: b\r\n\nc", 7},
		{"a: b\r\n\r\nframes\r\n\r\n", 8},
		{"a\r\nb\r\n\r\n", 8},
	}
	for _, tt := range tests {
		if got := headerEnd([]byte(tt.in), 0); got != tt.want {
			t.Errorf("%q: got %d, want %d", tt.in, got, tt.want)
		}
		for from := range len(tt.in) { // what came before was searched without result
			if tt.want > 0 && from >= tt.want {
				break
			}
			if got := headerEnd([]byte(tt.in), from); got != tt.want {
				t.Errorf("%q from %d: got %d, want %d", tt.in, from, got, tt.want)
			}
		}
	}
}
