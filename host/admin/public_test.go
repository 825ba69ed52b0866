package admin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"workcell/host/identity"
	"workcell/storage/guard"
)

const secret = "0123456789abcdef0123456789abcdef"

// public returns a handler without authentication whose world is in order.
func public() *Public {
	return &Public{
		Health: &Health{
			Version: "1", Probe: func(context.Context) error { return nil }, Writable: func() string { return "" },
			Breaker: func() guard.State { return guard.Closed },
		},
		Access: Access{identity.NewDoor(nil, "local-user")}, Origins: Origins{"*"},
		Metrics:    func(w io.Writer) error { _, err := io.WriteString(w, "metrics"); return err },
		Checkpoint: func(context.Context) error { return nil }, Shutdown: func() {},
		Observe: func(string, string, int) {}, Log: slog.New(slog.DiscardHandler),
	}
}

// bearer mints a token.
func bearer(t *testing.T, roles ...string) string {
	t.Helper()
	token, err := identity.SecretKey(secret).Mint(identity.Token{
		Subject: "user-1", Roles: roles, Issued: time.Now(), Expires: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	return "Bearer " + token
}

func TestWhoMayUseWhat(t *testing.T) {
	const near, nearV6, far = "127.0.0.1:1234", "[::1]:1234", "192.0.2.7:1234"
	admin, user := bearer(t, "other", identity.Admin), bearer(t)
	for _, c := range []struct {
		name                  string
		tokens                bool // with authentication
		remote, origin, token string
		header                string // one more, set
		admin, metrics        int
	}{
		{"without authentication, from here", false, near, "", "", "", 202, 200},
		{"over IPv6", false, nearV6, "", "", "", 202, 200},
		{"over IPv4 in IPv6", false, "[::ffff:127.0.0.1]:1", "", "", "", 202, 200},
		{"from elsewhere", false, far, "", "", "", 403, 200},
		{"from an address that is none", false, "@", "", "", "", 403, 200},
		{"through a proxy on this machine", false, near, "", "", "X-Forwarded-For", 403, 200},
		{"through a proxy of the newer kind", false, near, "", "", "Forwarded", 403, 200},
		{"from a page of another site", false, near, "https://evil.example", "", "", 403, 200},
		{"from a page of another port here", false, near, "http://localhost:8081", "", "", 403, 200},
		{"from a page without an origin", false, near, "null", "", "", 403, 200},
		{"from a page of ours", false, near, "http://localhost:8080", "", "", 202, 200},

		{"with authentication, from here", true, near, "", "", "", 403, 200},
		{"with a token", true, near, "", user, "", 403, 200},
		{"with an admin's token", true, near, "", admin, "", 202, 200},
		{"with one that is not good", true, near, "", admin + "x", "", 403, 200},
		{"with an admin's token from elsewhere", true, far, "", admin, "", 403, 200},
		{"with an admin's token from a page of another site", true, near, "https://evil.example", admin, "", 403, 200},
		{"nobody from elsewhere", true, far, "", "", "", 403, 401},
		{"nobody through a proxy", true, near, "", "", "Forwarded", 403, 401},
		{"a token from elsewhere", true, far, "", user, "", 403, 200},
		{"no token from elsewhere", true, far, "", "Bearer x", "", 403, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := public()
			stopped := false
			p.Shutdown = func() { stopped = true }
			if c.tokens {
				p.Access.Door = identity.NewDoor(identity.NewVerifier(identity.SecretKey(secret), ""), "")
			}
			ask := func(method, path string) *httptest.ResponseRecorder {
				req := httptest.NewRequest(method, "http://localhost:8080"+path, nil)
				req.RemoteAddr = c.remote
				for name, value := range map[string]string{"Origin": c.origin, "Authorization": c.token, c.header: "for=192.0.2.1"} {
					if name != "" && value != "" {
						req.Header.Set(name, value)
					}
				}
				res := httptest.NewRecorder()
				p.Handler().ServeHTTP(res, req)
				return res
			}
			if res := ask(http.MethodPost, "/admin/shutdown"); res.Code != c.admin || res.Body.Len() > 0 || stopped != (c.admin == 202) {
				t.Errorf("shutdown answers %d %q, stopped %t", res.Code, res.Body, stopped)
			}
			if res := ask(http.MethodGet, "/metrics"); res.Code != c.metrics || (res.Code == 200) != (res.Body.String() == "metrics") {
				t.Errorf("metrics answer %d %q", res.Code, res.Body)
			}
			if res := ask(http.MethodGet, "/health"); res.Code != 200 {
				t.Errorf("health answers %d", res.Code)
			}
		})
	}
}

func TestARefusedAdminRequestIsLoggedWithoutItsToken(t *testing.T) {
	var log bytes.Buffer
	p := public()
	p.Log = slog.New(slog.NewJSONHandler(&log, nil))
	p.Access.Door = identity.NewDoor(identity.NewVerifier(identity.SecretKey(secret), ""), "")
	token := bearer(t)
	req := httptest.NewRequest(http.MethodPost, "/admin/shutdown?token="+token[7:], nil)
	req.RemoteAddr = "127.0.0.1:1"
	req.Header.Set("Authorization", token)
	p.Handler().ServeHTTP(httptest.NewRecorder(), req)
	if got := log.String(); !strings.Contains(got, "without the role admin") || strings.Contains(got, token[7:20]) {
		t.Errorf("logged %s", got)
	}
}

func TestCheckpoint(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		body   string
	}{
		{nil, 200, `{"status":"ok","message":"everything in memory is in the store's files"}` + "\n"},
		{errors.New("/secret/path"), 500, "the checkpoint failed, the server's log says why\n"},
	} {
		p := public()
		p.Checkpoint = func(context.Context) error { return c.err }
		req := httptest.NewRequest(http.MethodPost, "/admin/checkpoint", nil)
		req.RemoteAddr = "127.0.0.1:1"
		res := httptest.NewRecorder()
		p.Handler().ServeHTTP(res, req)
		if res.Code != c.status || res.Body.String() != c.body {
			t.Errorf("%v: answered %d %s", c.err, res.Code, res.Body)
		}
	}
}

func TestPagesOfOtherSites(t *testing.T) {
	for _, c := range []struct {
		origins      Origins
		origin, path string
		want         string
	}{
		{Origins{"*"}, "https://a.example", "/health", "*"},
		{Origins{"*"}, "", "/health", "*"},
		{Origins{"https://a.example", "https://b.example"}, "https://b.example", "/health", "https://b.example"},
		{Origins{"https://a.example"}, "https://b.example", "/health", ""},
		{Origins{"https://a.example"}, "", "/health", ""},
		{nil, "https://a.example", "/health", ""},
		{Origins{"*"}, "https://a.example", "/admin/shutdown", ""},
	} {
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			t.Run(fmt.Sprint(method, c), func(t *testing.T) {
				p := public()
				p.Origins = c.origins
				req := httptest.NewRequest(method, c.path, nil)
				req.Header.Set("Access-Control-Request-Method", "GET")
				if c.origin != "" {
					req.Header.Set("Origin", c.origin)
				}
				res := httptest.NewRecorder()
				p.Handler().ServeHTTP(res, req)
				if got := res.Header().Get("Access-Control-Allow-Origin"); got != c.want {
					t.Errorf("allowed is %q, want %q", got, c.want)
				}
				if c.path == "/admin/shutdown" && res.Code != http.StatusMethodNotAllowed {
					t.Errorf("answered %d", res.Code)
				}
				if c.path == "/health" && res.Code != http.StatusOK {
					t.Errorf("answered %d", res.Code)
				}
			})
		}
	}
}

func TestUnknownPathsOfAnAPIAreAnsweredInJSON(t *testing.T) {
	for path, want := range map[string]string{
		"/api/v1/projects": `{"error":{"code":"NOT_FOUND","message":"There is no REST API: use the socket at /ws"}}` + "\n",
		"/apis":            "",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			res := httptest.NewRecorder()
			public().Handler().ServeHTTP(res, httptest.NewRequest(method, path, nil))
			if res.Code != http.StatusNotFound || res.Body.String() != want {
				t.Errorf("%s %s is answered with %d %q, want 404 %q", method, path, res.Code, res.Body, want)
			}
			if got := res.Header().Get("Content-Type"); want != "" && got != "application/json" {
				t.Errorf("%s %s is answered with %q", method, path, got)
			}
		}
	}
}

func TestEveryRequestIsObservedByItsPattern(t *testing.T) {
	var seen []string
	p := public()
	p.Observe = func(pattern, path string, status int) {
		seen = append(seen, fmt.Sprint(pattern, " ", path, " ", status))
	}
	p.Next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/projects/7":
			r.Pattern = "/api/v1/projects/{p}"
			_, _ = io.WriteString(w, "project")
		case "/panic":
			panic("mistake")
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	})
	handler := p.Handler()
	for _, path := range []string{"/live", "/api/v1/projects/7", "/nowhere", "/admin/shutdown", "/panic"} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	want := "/live /live 200|/api/v1/projects/{p} /api/v1/projects/7 200| /nowhere 404|/admin/shutdown /admin/shutdown 405| /panic 500"
	if got := strings.Join(seen, "|"); got != want {
		t.Errorf("seen\n%s, want\n%s", got, want)
	}
}

func TestAPanicCostsOneRequest(t *testing.T) {
	var log bytes.Buffer
	p := public()
	p.Log = slog.New(slog.NewJSONHandler(&log, nil))
	p.Next = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("mistake") })
	server := httptest.NewServer(p.Handler())
	defer server.Close()
	for range 2 {
		res, err := http.Get(server.URL + "/any")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusInternalServerError {
			t.Errorf("answered %d", res.StatusCode)
		}
	}
	if got := log.String(); strings.Count(got, "mistake") != 2 || !strings.Contains(got, "public_test.go") {
		t.Errorf("logged %s", got)
	}
}
