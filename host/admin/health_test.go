package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"workcell/storage/guard"
)

func TestReadyTellsTheTruth(t *testing.T) {
	type world struct {
		probe                error
		unwritable, draining string
		breaker              guard.State
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
		{"a store that takes no writes is not", world{unwritable: "read-only"}, 503, "unhealthy", "unhealthy", "Closed", "read-only"},
		{"draining is not", world{draining: "shutting down"}, 503, "unhealthy", "healthy", "Closed", "shutting down"},
		{"the first reason counts", world{unwritable: "full", draining: "shutting down", breaker: guard.Open}, 503, "unhealthy", "unhealthy", "Open", "full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := public()
			p.Health = &Health{
				Version: "1", Probe: func(context.Context) error { return c.world.probe },
				Writable: func() string { return c.world.unwritable },
				Breaker:  func() guard.State { return c.world.breaker },
				Others:   []Condition{func() string { return "" }, func() string { return c.world.draining }},
			}
			res := httptest.NewRecorder()
			p.Handler().ServeHTTP(res, httptest.NewRequest(http.MethodGet, "/ready", nil))
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

// hanging is a Health whose storage answers when release is closed.
func hanging(release chan struct{}) (h *Health, probes *atomic.Int32) {
	probes = &atomic.Int32{}
	return &Health{
		Probe:    func(context.Context) error { probes.Add(1); <-release; return nil }, // does not look at its context
		Writable: func() string { return "" }, Breaker: func() guard.State { return guard.Closed },
	}, probes
}

func TestADiskThatHangsIsUnhealthyAndHoldsOneGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h, probes := hanging(release)
		var asking sync.WaitGroup
		for range 3 {
			asking.Go(func() {
				if got := h.ready(t.Context()); got.Status != unhealthy || got.Database.LatencyMS != probeTimeout.Milliseconds() {
					t.Errorf("answered %+v, %+v", got, got.Database)
				}
			})
		}
		asking.Wait()
		if got := h.ready(t.Context()); got.Status != unhealthy || probes.Load() != 1 {
			t.Errorf("answered %+v after %d probes", got, probes.Load())
		}
		close(release)
		synctest.Wait()
		if got := h.ready(t.Context()); got.Status != healthy || probes.Load() != 2 {
			t.Errorf("a disk that is back: answered %+v after %d probes", got, probes.Load())
		}
	})
}

func TestWhoeverAsksWhileAProbeRunsGetsItsAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h, probes := hanging(release)
		var asking sync.WaitGroup
		for range 3 {
			asking.Go(func() {
				if got := h.ready(t.Context()); got.Status != healthy {
					t.Errorf("answered %+v", got)
				}
			})
		}
		synctest.Wait()
		close(release)
		asking.Wait()
		if probes.Load() != 1 {
			t.Errorf("%d probes", probes.Load())
		}
	})
}

func TestPreflightsAreAllowed(t *testing.T) {
	req := httptest.NewRequest(http.MethodOptions, "/health", nil)
	req.Header.Set("Access-Control-Request-Method", "GET")
	res := httptest.NewRecorder()
	public().Handler().ServeHTTP(res, req)
	header := res.Header()
	if res.Code != 200 || header.Get("Access-Control-Allow-Origin") != "*" || header.Get("Access-Control-Allow-Methods") != "*" || header.Get("Access-Control-Allow-Headers") != "*, Authorization" {
		t.Errorf("answered %d %v", res.Code, header)
	}
}
