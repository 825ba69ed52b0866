package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"workcell/storage/guard"
)

func TestReadyTellsTheTruth(t *testing.T) {
	type world struct {
		probe    error
		breaker  guard.State
		draining bool
		missing  string
	}
	for _, c := range []struct {
		name             string
		world            world
		status           int
		overall, storage string
		breaker, reason  string
	}{
		{"all is well", world{}, 200, "healthy", "healthy", "Closed", ""},
		{"half open is well", world{breaker: guard.HalfOpen}, 200, "healthy", "healthy", "HalfOpen", ""},
		{"an open breaker is not", world{breaker: guard.Open}, 503, "unhealthy", "healthy", "Open", "the circuit breaker is open"},
		{"a failing probe is not", world{probe: errors.New("/secret/path")}, 503, "unhealthy", "unhealthy", "Closed", "the storage does not answer"},
		{"draining is not", world{draining: true}, 503, "unhealthy", "healthy", "Closed", "shutting down"},
		{"no handler is not", world{missing: "any message"}, 503, "unhealthy", "healthy", "Closed", "no handler for any message"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := Health{
				Version: "1", Probe: func(context.Context) error { return c.world.probe },
				Breaker:  func() guard.State { return c.world.breaker },
				Draining: func() bool { return c.world.draining }, Missing: func() string { return c.world.missing },
			}
			res := httptest.NewRecorder()
			h.Handler().ServeHTTP(res, httptest.NewRequest(http.MethodGet, "/ready", nil))
			var got report
			if err := json.Unmarshal(res.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if res.Code != c.status || got.Status != c.overall || got.Database.Status != c.storage || got.Breaker.State != c.breaker || got.Reason != c.reason {
				t.Errorf("answered %d %s", res.Code, res.Body)
			}
		})
	}
}

func TestASlowProbeIsUnhealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := Health{
			Probe:   func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
			Breaker: func() guard.State { return guard.Closed }, Draining: func() bool { return false }, Missing: func() string { return "" },
		}
		if got := h.ready(t.Context()); got.Status != unhealthy || got.Database.LatencyMS != probeTimeout.Milliseconds() {
			t.Errorf("answered %+v, %+v", got, got.Database)
		}
	})
}

func TestPreflightsAreAllowed(t *testing.T) {
	h := Health{}
	req := httptest.NewRequest(http.MethodOptions, "/health", nil)
	req.Header.Set("Access-Control-Request-Method", "GET")
	res := httptest.NewRecorder()
	h.Handler().ServeHTTP(res, req)
	if res.Code != 200 || res.Header().Get("Access-Control-Allow-Origin") != "*" || res.Header().Get("Access-Control-Allow-Methods") != "*" {
		t.Errorf("answered %d %v", res.Code, res.Header())
	}
}
