package admin

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"

	"workcell/host/telemetry"
)

// Public answers what comes to the public port and is no WebSocket. All functions are safe for concurrent use.
type Public struct {
	Health     *Health
	Access     Access
	Origins    Origins
	Metrics    func(io.Writer) error       // writes them in the text format
	Checkpoint func(context.Context) error // brings what is in memory to the disk
	Shutdown   func()                      // starts a graceful shutdown, and returns
	Next       http.Handler                // other paths; nil: there are none
	// Observe is told of each request: the pattern that it matched, empty if none, its path, and the answer's status.
	Observe func(pattern, path string, status int)
	Log     *slog.Logger
}

// metricsType is the content type of the Prometheus text format.
const metricsType = "text/plain; version=0.0.4; charset=utf-8"

// Handler returns the handler.
func (p *Public) Handler() http.Handler {
	open, closed := newRouter(), newRouter()
	p.Health.addTo(open)
	open.get("/metrics", p.metrics)
	if p.Next != nil {
		open.next = p.Next
	}
	closed.post("/admin/checkpoint", p.checkpoint)
	closed.post("/admin/shutdown", p.shutdown)
	closed.next = p.Origins.allow(open) // no page may read what the admin endpoints answer
	return p.observe(closed)
}

func (p *Public) metrics(w http.ResponseWriter, r *http.Request) {
	if !p.Access.reader(r) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", metricsType)
	if err := p.Metrics(w); err != nil {
		p.Log.Warn("metrics are incomplete", telemetry.Error, err)
	}
}

// admits decides about an admin request, and answers it if the answer is no.
func (p *Public) admits(w http.ResponseWriter, r *http.Request) bool {
	why := p.Access.operator(r)
	if why != "" {
		p.Log.Warn("admin request refused", telemetry.Route, r.Pattern, telemetry.Reason, why, telemetry.Address, r.RemoteAddr)
		w.WriteHeader(http.StatusForbidden)
	}
	return why == ""
}

func (p *Public) checkpoint(w http.ResponseWriter, r *http.Request) {
	if !p.admits(w, r) {
		return
	}
	if err := p.Checkpoint(r.Context()); err != nil {
		p.Log.Error("checkpoint failed", telemetry.Error, err)
		http.Error(w, "the checkpoint failed, the server's log says why", http.StatusInternalServerError)
		return
	}
	p.Log.Info("checkpoint done")
	writeJSON(w, http.StatusOK, struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	}{"ok", "everything in memory is in the store's files"})
}

func (p *Public) shutdown(w http.ResponseWriter, r *http.Request) {
	if !p.admits(w, r) {
		return
	}
	w.WriteHeader(http.StatusAccepted)
	p.Shutdown()
}

// observe tells of each request, and contains the panics of its handler to it.
func (p *Public) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &answer{ResponseWriter: w}
		defer func() {
			if cause := recover(); cause != nil {
				if cause == http.ErrAbortHandler { //nolint:errorlint // it is a value to panic with
					panic(cause)
				}
				p.Log.Error("http handler panicked", telemetry.Route, r.Pattern, telemetry.Error, fmt.Sprintf("%v\n%s", cause, debug.Stack()))
				if answer.status == 0 {
					answer.WriteHeader(http.StatusInternalServerError)
				}
			}
			p.Observe(r.Pattern, r.URL.Path, max(answer.status, http.StatusOK))
		}()
		next.ServeHTTP(answer, r)
	})
}

// answer remembers the status of an answer.
type answer struct {
	http.ResponseWriter
	status int // 0 before the header was written
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
