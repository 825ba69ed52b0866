package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"workcell/host/admin"
)

func TestHealthEndpoints(t *testing.T) {
	a := start(t, boardOnly, nil)
	base := fmt.Sprintf("http://%s", a.host.Address())
	for _, c := range []struct {
		name, method, path string
		status             int
		body               string
		allow              string
	}{
		{"health names the version", "GET", "/health", 200, `{"status":"ok","version":"0.1.0"}` + "\n", ""},
		{"live is empty", "GET", "/live", 200, "", ""},
		{"HEAD works where GET does", "HEAD", "/health", 200, "", ""},
		{"an unknown path is empty", "GET", "/nowhere", 404, "", ""},
		{"another method is refused with what is allowed", "POST", "/health", 405, "", "GET, HEAD"},
		{"another method on the socket's path is refused", "POST", "/ws", 405, "", "GET"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, header, body := request(t, c.method, base+c.path)
			if status != c.status || body != c.body || header.Get("Allow") != c.allow {
				t.Errorf("got %d %q, Allow %q", status, body, header.Get("Allow"))
			}
		})
	}

	status, header, body := request(t, "GET", base+"/ready")
	var ready struct {
		Status, Version string
		Database        struct {
			Status    string
			LatencyMS *int64 `json:"latency_ms"`
		}
		Breaker struct{ State string } `json:"circuit_breaker"`
	}
	if err := json.Unmarshal([]byte(body), &ready); err != nil {
		t.Fatalf("%v: %q", err, body)
	}
	if status != 200 || ready.Status != "healthy" || ready.Database.Status != "healthy" || ready.Database.LatencyMS == nil || ready.Breaker.State != "Closed" {
		t.Errorf("ready answers %d %s", status, body)
	}
	if header.Get("Access-Control-Allow-Origin") != "*" || header.Get("Content-Type") != "application/json" {
		t.Errorf("ready answers with headers %v", header)
	}
	if status, _, _ := request(t, "GET", base+"/ws"); status != 400 {
		t.Errorf("a GET of /ws without an upgrade gives %d", status)
	}
}

func request(t *testing.T, method, url string) (status int, header http.Header, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(soon(t), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, req)
}

func do(t *testing.T, req *http.Request) (status int, header http.Header, body string) {
	t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(b)
}

func TestTheAdminSocketTellsTheStatus(t *testing.T) {
	a := start(t, boardOnly, nil)
	before := a.host.Status(t.Context()).Sequence
	c := a.dial(t, ann)
	newProject(t, c)
	status, err := admin.GetStatus(soon(t), a.dir)
	if err != nil {
		t.Fatal(err)
	}
	if status.Address != a.host.Address().String() || status.Connections != 1 || status.Sequence != before+2 || len(status.Handlers) != 1 || status.Handlers[0].Name != "board" {
		t.Errorf("status is %+v, before it was at %d", status, before)
	}
}

func TestAnApplianceWithoutHandlersIsNotReady(t *testing.T) {
	a := start(t, nil, nil)
	status, _, body := request(t, "GET", fmt.Sprintf("http://%s/ready", a.host.Address()))
	if status != 503 || !strings.Contains(body, `"status":"unhealthy"`) || !strings.Contains(body, `"reason":"no handler for any message"`) {
		t.Errorf("ready answers %d %s", status, body)
	}
	if status, _, _ := request(t, "GET", fmt.Sprintf("http://%s/live", a.host.Address())); status != 200 {
		t.Errorf("live answers %d", status)
	}
}
