package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"workcell/host/deploy"
)

// SocketName is the file of the admin socket in the data directory.
const SocketName = "admin.sock"

// maxSocketPath is what the operating systems we know leave for the path of a Unix socket.
const maxSocketPath = 103

// ErrNoServer is returned when nobody answers on the admin socket.
var ErrNoServer = errors.New("no server answers")

// Status is what `workcell status` shows.
type Status struct {
	Version     string          `json:"version"`
	PID         int             `json:"pid"`
	StartedAt   time.Time       `json:"started_at"`
	Address     string          `json:"address"`
	TLS         bool            `json:"tls"` // clients have to speak it
	Directory   string          `json:"directory"`
	State       string          `json:"state"` // healthy, or why not
	Breaker     string          `json:"circuit_breaker"`
	Connections int             `json:"connections"`
	Sequence    uint64          `json:"sequence"` // of the last durable commit
	Handlers    []HandlerStatus `json:"handlers"`
}

// HandlerStatus is a handler that runs.
type HandlerStatus struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Hash    string `json:"hash"`
	Routes  int    `json:"routes"`
	Calls   uint64 `json:"calls"`
	Traps   uint64 `json:"traps"` // calls that ended abnormally
}

// Socket serves the admin plane.
type Socket struct {
	path   string
	server http.Server
}

// Listen opens the admin socket in dir, which the caller must own alone: a socket left behind by a dead server is
// replaced. status is asked for each request, lend for each backup, machine for what concerns handlers, manage for
// members; nil ones are not.
func Listen(dir string, status func(context.Context) Status, lend Lend, machine *deploy.Machine, manage Manage) (*Socket, net.Listener, error) {
	path := filepath.Join(dir, SocketName)
	if len(path) > maxSocketPath {
		return nil, nil, fmt.Errorf("the path of the admin socket, %s, is longer than %d bytes: choose a shorter directory with --dir", path, maxSocketPath)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("replace admin socket: %w", err)
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, nil, fmt.Errorf("open admin socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("protect admin socket: %w", err), listener.Close())
	}
	routes := newRouter()
	routes.get("/status", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, status(r.Context()))
	})
	routes.post("/checkpoint", lendCheckpoint(lend))
	if machine != nil {
		addHandlers(routes, machine)
	}
	if manage != nil {
		addMembers(routes, manage)
	}
	s := &Socket{path: path}
	s.server = http.Server{Handler: routes, ReadHeaderTimeout: 5 * time.Second}
	return s, listener, nil
}

// Serve answers until Close.
func (s *Socket) Serve(listener net.Listener) error {
	if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("admin socket: %w", err)
	}
	return nil
}

// Close stops Serve and removes the socket.
func (s *Socket) Close() error { return s.server.Close() }

// GetStatus asks the server of a data directory for its status. The error wraps ErrNoServer if there is none.
func GetStatus(ctx context.Context, dir string) (Status, error) {
	res, err := ask(ctx, dir, http.MethodGet, "/status", nil)
	if err != nil {
		return Status{}, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return Status{}, fmt.Errorf("admin socket answers %s", res.Status)
	}
	var status Status
	if err := json.NewDecoder(res.Body).Decode(&status); err != nil {
		return Status{}, fmt.Errorf("read status: %w", err)
	}
	return status, nil
}

// ask sends a request to the server of a data directory. The caller closes the answer's body. The error wraps ErrNoServer
// if there is no server.
func ask(ctx context.Context, dir, method, route string, body io.Reader) (*http.Response, error) {
	return askWith(ctx, dir, method, route, nil, body)
}

// askWith is ask with a header.
func askWith(ctx context.Context, dir, method, route string, header http.Header, body io.Reader) (*http.Response, error) {
	path := filepath.Join(dir, SocketName)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	client := http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(ctx, method, "http://workcell"+route, body)
	if err != nil {
		return nil, err
	}
	if header != nil {
		req.Header = header
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w on %s: start one with `workcell serve`, or name its directory with --dir (%w)", ErrNoServer, path, err)
	}
	return res, nil
}
