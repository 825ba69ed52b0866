package wire

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The answers of the wire protocol's section 1.1, on a fresh connection and on one that served HTTP before.
func TestUpgradeAnswers(t *testing.T) {
	const req = upgradeRequest
	tests := []struct {
		name    string
		request string
		status  int
		body    string // a part of it, "" for none at all
	}{
		{"a right request", req, 101, ""},
		{"header names and tokens in any case", strings.NewReplacer("Upgrade: websocket", "UPGRADE: WebSocket",
			"Connection: Upgrade", "connection: keep-alive, UPGRADE").Replace(req), 101, ""},
		{"a subprotocol and an extension are not looked at", with(req, "Host",
			"Host: h\r\nSec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate"), 101, ""},
		{"a query", strings.Replace(req, "/ws", "/ws?user_id=a%20b", 1), 101, ""},
		{"no Connection", without(req, "Connection"), 400, "Connection"},
		{"Connection asks for something else", with(req, "Connection", "Connection: keep-alive"), 400, "Connection"},
		{"no Upgrade", without(req, "Upgrade"), 400, "Upgrade"},
		{"Upgrade to something else", with(req, "Upgrade", "Upgrade: h2c"), 400, "Upgrade"},
		{"no version", without(req, "Sec-WebSocket-Version"), 400, "Version"},
		{"an old version", with(req, "Sec-WebSocket-Version", "Sec-WebSocket-Version: 8"), 400, "Version"},
		{"no key", without(req, "Sec-WebSocket-Key"), 400, "Key"},
		{"a short key", with(req, "Sec-WebSocket-Key", "Sec-WebSocket-Key: c2hvcnQ="), 400, "Key"},
		{"a key that is not base64", with(req, "Sec-WebSocket-Key", "Sec-WebSocket-Key: ************************"), 400, "Key"},
		{"two keys", with(req, "Host", "Host: h\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="), 400, "Key"},
		{"a body", with(req, "Host", "Host: h\r\nContent-Length: 2") + "{}", 400, "body"},
		{"a chunked body", with(req, "Host", "Host: h\r\nTransfer-Encoding: chunked") + "0\r\n\r\n", 400, "body"},
		{"no Host", without(req, "Host"), 400, "Host"},
		{"a broken header line", with(req, "Host", "Host: h\r\nwhat is this"), 400, ""},
		{"an escape that is none", strings.Replace(req, "/ws", "/ws?user_id=%zz", 1), 400, "query"},
		{"a query that is not UTF-8", strings.Replace(req, "/ws", "/ws?user_id=%ff", 1), 400, "query"},
		{"HTTP/1.0", strings.Replace(req, "HTTP/1.1", "HTTP/1.0", 1), 426, "HTTP/1.1"},
		{"HTTP/1.0 without upgrade headers", "GET /ws HTTP/1.0\r\nHost: h\r\n\r\n", 400, "Connection"},
		{"the Acceptor says no", strings.Replace(req, "/ws", "/ws?refuse=401", 1), 401, ""},
		{"the form is checked before the Acceptor", without(strings.Replace(req, "/ws", "/ws?refuse=401", 1), "Upgrade"), 400, "Upgrade"},
		{"the Acceptor fails", strings.Replace(req, "/ws", "/ws?refuse=0", 1), 500, ""},
		{"POST", strings.Replace(req, "GET", "POST", 1), 405, ""},
		{"HEAD", strings.Replace(req, "GET", "HEAD", 1), 405, ""},
		{"another path", strings.Replace(req, "/ws", "/wsx", 1), 404, "404"},
		{"a path below", strings.Replace(req, "/ws", "/ws/", 1), 404, "404"},
		{"an absolute URL", strings.Replace(req, "/ws", "http://board.example/ws", 1), 101, ""},
	}
	acceptor, _ := echoes()
	picky := acceptFunc(func(req *Request, conn *Conn) (Session, error) {
		switch req.Query.Get("refuse") {
		case "401":
			return nil, fmt.Errorf("token: %w", &Refusal{Status: 401})
		case "0":
			return nil, errors.New("the store is gone")
		}
		return acceptor.Accept(req, conn)
	})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {})
	r := start(t, Config{}, picky, mux)
	for _, tt := range tests {
		for _, kept := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/kept alive %v", tt.name, kept), func(t *testing.T) {
				c := r.client(t)
				defer c.nc.Close()
				if kept {
					c.write([]byte("GET /health HTTP/1.1\r\nHost: h\r\n\r\n"))
					c.wantStatus(200)
				}
				c.write([]byte(tt.request))
				if tt.status == 101 {
					c.wantSwitch()
					c.write(rawFrame(0x82, "hello"))
					c.wantFrame(opBinary, "hello")
					return
				}
				res, err := http.ReadResponse(c.br, &http.Request{Method: strings.Fields(tt.request)[0]})
				if err != nil || res.StatusCode != tt.status {
					t.Fatalf("got %v, %v; want %d", res, err, tt.status)
				}
				var b strings.Builder
				res.Write(&b)
				_, body, _ := strings.Cut(b.String(), "\r\n\r\n")
				if !strings.Contains(body, tt.body) || (tt.body == "" && tt.status != 400 && body != "") {
					t.Errorf("body %q, want %q", body, tt.body)
				}
				if len(body) > 100 {
					t.Errorf("body %q is not short", body)
				}
				if tt.status == 405 && res.Header.Get("Allow") != "GET" {
					t.Errorf("allow %q", res.Header.Get("Allow"))
				}
				if tt.body == "Version" && res.Header.Get("Sec-WebSocket-Version") != "13" {
					t.Error("section 4.4: the answer must name the version")
				}
			})
		}
	}
}

func TestAcceptorSeesTheRequest(t *testing.T) {
	seen := make(chan *Request, 1)
	r := start(t, Config{}, acceptFunc(func(req *Request, conn *Conn) (Session, error) {
		seen <- req
		return &script{}, nil
	}), nil)
	c := r.client(t)
	c.write([]byte(strings.Replace(with(upgradeRequest, "Host",
		"Host: h\r\nAuthorization: Bearer a.b.c\r\nOrigin: https://board.example"), "/ws", "/ws?user_id=x+y&token=%C3%BC&user_id=z", 1)))
	c.wantSwitch()
	got := receive(t, seen)
	want := &Request{
		Query:         map[string][]string{"user_id": {"x y", "z"}, "token": {"ü"}},
		Authorization: "Bearer a.b.c",
		Origin:        "https://board.example",
		RemoteAddr:    c.nc.LocalAddr().String(),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestFramesAlongWithTheUpgradeRequest(t *testing.T) {
	for _, kept := range []bool{false, true} {
		t.Run(fmt.Sprintf("kept alive %v", kept), func(t *testing.T) {
			acceptor, _ := echoes()
			r := start(t, Config{}, acceptor, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			c := r.client(t)
			first := ""
			if kept {
				first = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n"
			}
			big := strings.Repeat("B", 30_000)
			c.write(join([]byte(first+upgradeRequest), rawFrame(0x82, "early"), rawFrame(0x82, big), rawFrame(0x89, "p")))
			if kept {
				c.wantStatus(200)
			}
			c.wantSwitch()
			c.wantFrame(opBinary, "early")
			c.wantFrame(opBinary, big)
			c.wantFrame(opPong, "p")
		})
	}
}

// What a session sends while it is being accepted leaves after the answer to the upgrade.
func TestSendFromTheAcceptor(t *testing.T) {
	r := start(t, Config{}, acceptFunc(func(_ *Request, conn *Conn) (Session, error) {
		conn.Send(frameOf([]byte("welcome")))
		conn.Close(CloseTryLater, "and goodbye")
		return &script{}, nil
	}), nil)
	c := r.upgraded(t)
	c.wantFrame(opBinary, "welcome")
	if reason := c.wantClose(1013); reason != "and goodbye" {
		t.Error(reason)
	}
}

func TestHeaderTooLong(t *testing.T) {
	acceptor, _ := echoes()
	r := start(t, Config{MaxHeaderBytes: 1000}, acceptor, nil)
	fill := func(n int) []byte {
		return []byte(with(upgradeRequest, "Host", "Host: h\r\nX-Fill: "+strings.Repeat("f", n)))
	}
	room := 1000 - len(fill(0))

	fits := r.client(t)
	fits.write(fill(room))
	fits.wantSwitch()

	for _, n := range []int{room + 1, 5000, 100_000} {
		c := r.client(t)
		c.nc.Write(fill(n)) // the server may end the connection before it took all
		c.wantStatus(http.StatusRequestHeaderFieldsTooLarge)
	}
}

// A header that becomes too long in its second piece: the refusal arrives although the client goes on sending.
func TestHeaderThatGrowsTooLong(t *testing.T) {
	acceptor, _ := echoes()
	r := start(t, Config{MaxHeaderBytes: 1000}, acceptor, nil)
	c := r.client(t)
	c.write([]byte(upgradeRequest[:50]))
	c.nc.Write([]byte("\r\nX-Fill: " + strings.Repeat("f", 2000))) // the server may have ended the connection
	c.wantStatus(http.StatusRequestHeaderFieldsTooLarge)
	c.nc.Write([]byte("more"))
	c.nc.(interface{ CloseWrite() error }).CloseWrite()
	c.wantEnd()
}

// Whoever does not finish a header is dropped after HeaderTimeout, at whatever point he stopped.
func TestHalfOpenUpgrades(t *testing.T) {
	for _, sent := range []int{0, 1, 5, 7, 8, 60, len(upgradeRequest) - 1} {
		t.Run(fmt.Sprint(sent), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				acceptor, _ := echoes()
				r := startInMemory(t, Config{HeaderTimeout: 3 * time.Second}, acceptor, nil)
				c := r.client(t)
				began := time.Now()
				c.write([]byte(upgradeRequest[:sent]))
				c.wantEnd()
				if took := time.Since(began); took != 3*time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

// A byte now and then does not extend the time.
func TestSlowHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		acceptor, _ := echoes()
		r := startInMemory(t, Config{HeaderTimeout: 3 * time.Second}, acceptor, nil)
		c := r.client(t)
		began := time.Now()
		for i := range len(upgradeRequest) {
			if _, err := c.nc.Write([]byte{upgradeRequest[i]}); err != nil {
				break
			}
			time.Sleep(time.Second / 2) // in the bubble: the clock jumps
		}
		c.wantEnd()
		if took := time.Since(began); took > 4*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestConnectionLimit(t *testing.T) {
	acceptor, made := echoes()
	r := start(t, Config{MaxConnections: 2}, acceptor, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	first, _ := r.upgraded(t), r.upgraded(t)
	e := receive(t, made)

	third := r.client(t)
	third.write([]byte(upgradeRequest))
	if _, body := third.wantStatus(503); body != "" {
		t.Errorf("body %q", body)
	}
	third.wantEnd()

	kept := r.client(t)
	kept.write([]byte("GET /health HTTP/1.1\r\nHost: h\r\n\r\n")) // HTTP is not limited
	kept.wantStatus(200)
	kept.write([]byte(upgradeRequest))
	kept.wantStatus(503)

	// Whoever saw the end of a connection finds its place free, at once and also on the connection that was refused.
	first.write(rawFrame(0x88, closeBody(1000, "")))
	first.wantClose(1000)
	first.wantEnd()
	kept.upgrade()
	if len(e.closed) != 1 {
		t.Error("the place was free before the session had ended")
	}
	if n := r.srv.Connections(); n != 2 {
		t.Errorf("%d connections", n)
	}
}

func TestAPlaceIsFreeAfterARefusal(t *testing.T) {
	refused := 0
	acceptor, _ := echoes()
	r := start(t, Config{MaxConnections: 1}, acceptFunc(func(req *Request, conn *Conn) (Session, error) {
		if refused++; refused <= 3 {
			if err := conn.Send(frameOf([]byte("hello"))); err != nil {
				t.Error(err)
			}
			return nil, &Refusal{Status: 401}
		}
		return acceptor.Accept(req, conn)
	}), nil)
	for range 3 {
		c := r.client(t)
		c.write([]byte(upgradeRequest))
		c.wantStatus(401)
	}
	r.upgraded(t)
}

// Racing clients never get more places than there are, and a place is never lost.
func TestConnectionLimitUnderRace(t *testing.T) {
	const places, clients, rounds = 3, 12, 20
	var mu sync.Mutex
	open, most := 0, 0
	r := start(t, Config{MaxConnections: places}, acceptFunc(func(*Request, *Conn) (Session, error) {
		mu.Lock()
		defer mu.Unlock()
		open++
		most = max(most, open)
		return &script{closed: func(CloseReason) {
			mu.Lock()
			defer mu.Unlock()
			open--
		}}, nil
	}), nil)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for range rounds {
				c := r.client(t)
				c.write([]byte(upgradeRequest))
				switch res := c.response(); res.StatusCode {
				case 101:
					c.write(rawFrame(0x88, ""))
					c.wantClose(0)
					c.wantEnd()
				case 503:
				default:
					t.Errorf("got %s", res.Status)
				}
				c.nc.Close()
			}
		})
	}
	wg.Wait()
	mu.Lock()
	seen := most
	mu.Unlock()
	if seen > places {
		t.Errorf("%d at once, with %d places", seen, places)
	}
	for range places {
		r.upgraded(t)
	}
}
