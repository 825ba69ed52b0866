package client_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"workcell/host/client"
)

func TestDialSaysWhoConnects(t *testing.T) {
	seen := make(chan *http.Request, 1)
	url := serve(t, func(p *peer) { seen <- p.request })
	header := http.Header{"X-Test": {"1"}}
	dial(t, url+"?resume=1", client.Options{User: "a b", Token: "secret", Header: header})
	got := <-seen
	if got.URL.Path != "/ws" || got.URL.RawQuery != "resume=1&user_id=a+b" {
		t.Errorf("URL %s", got.URL)
	}
	if got.Header.Get("Authorization") != "Bearer secret" || got.Header.Get("X-Test") != "1" {
		t.Errorf("header %v", got.Header)
	}
	if got.Header.Get("Sec-WebSocket-Extensions") != "" {
		t.Errorf("offers extensions: %v", got.Header)
	}
	if len(header) != 1 {
		t.Errorf("changed the caller's header: %v", header)
	}
}

func TestDialKeepsAPath(t *testing.T) {
	seen := make(chan *http.Request, 1)
	url := serve(t, func(p *peer) { seen <- p.request })
	dial(t, url+"/board/socket", client.Options{})
	if got := <-seen; got.URL.String() != "/board/socket" {
		t.Errorf("URL %s", got.URL)
	}
}

func TestARefusedUpgradeCarriesTheStatus(t *testing.T) {
	tests := []struct {
		status int
		body   string
		want   string
	}{
		{401, "", "server refused the connection: 401 Unauthorized; check the token, and that it has not expired"},
		{503, "full\n", "server refused the connection: 503 Service Unavailable: full; it has no room for another connection, try again later"},
		{404, "404 page not found\n", "server refused the connection: 404 Not Found: 404 page not found; check the URL, whose path is usually /ws"},
		{302, "", "server refused the connection: 302 Found"},
		{200, "hello", "server refused the connection: 200 OK: hello"},
	}
	for _, test := range tests {
		t.Run(http.StatusText(test.status), func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			defer server.Close()
			for name, dial := range map[string]func() error{
				"client": func() error { _, err := client.Dial(t.Context(), server.URL, client.Options{}); return err },
				"raw":    func() error { _, err := client.DialRaw(t.Context(), server.URL, client.Options{}); return err },
			} {
				err := dial()
				refused, ok := errors.AsType[*client.RefusedError](err)
				if !ok || refused.Status != test.status || refused.Body != strings.TrimSpace(test.body) {
					t.Fatalf("%s: %#v", name, err)
				}
				if want := "connect to " + server.URL + "/ws: " + test.want; err.Error() != want {
					t.Errorf("%s: %s\nwant %s", name, err, want)
				}
			}
		})
	}
}

func TestDialErrorsNameTheAddressAndKeepTheQueryOut(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	_, err = client.Dial(t.Context(), "ws://"+address+"/ws?token=secret", client.Options{})
	if !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), "connect to ws://"+address+"/ws: ") ||
		strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "failed to") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = client.Dial(ctx, "ws://"+address, client.Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestURLsThatNameNoServer(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:8080": "server URL: first path segment in URL cannot contain colon",
		"localhost":      `server URL "localhost" does not start with ws:// or wss://`,
		"ftp://host/ws":  `server URL "ftp://host/ws" does not start with ws:// or wss://`,
		"ws:///ws":       `server URL "ws:///ws" names no host; write ws://127.0.0.1:8080/ws`,
	} {
		if _, err := client.Dial(t.Context(), address, client.Options{}); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", address, err, want)
		}
	}
}
