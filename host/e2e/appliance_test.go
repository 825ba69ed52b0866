// Package e2e holds only tests: the whole appliance on real sockets and a real disk, driven by a client that shares no
// code with the server. One file for each story.
package e2e

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"workcell/host"
	"workcell/host/client"
	"workcell/host/config"
	"workcell/host/hosttest"
)

// patience bounds every wait of these tests. It is long: nothing here depends on how fast the machine is.
const patience = 60 * time.Second

// cacheDir keeps compiled code for all appliances of this process.
var cacheDir string

func TestMain(m *testing.M) {
	// Each check of a property is many calls; the command line may ask for more.
	err := flag.Set("rapid.checks", "20")
	if err != nil {
		panic(err)
	}
	flag.Parse()
	if cacheDir, err = os.MkdirTemp("", "workcell-cache"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(cacheDir)
	os.Exit(code)
}

// appliance is a running host.
type appliance struct {
	host *host.Host
	dir  string
	log  *logBuffer
	stop func() error // shuts down gracefully; may be repeated

	ended chan struct{} // closed when the host has ended, by stop or by itself
}

// settings are the keys every test appliance runs with: limits that a slow machine does not reach.
var settings = map[string]string{
	"server.port":                "0",
	"handler.execution_limit_ms": "20000",
	"handler.timeout_secs":       "60",
	"logging.level":              "debug",
	"rate_limit.max_requests":    "10000",
	"rate_limit.window_secs":     "1",
}

// boardOnly is the list of handlers most tests load: packages of this module.
var boardOnly = []string{"./guests/handlers/board"}

// start runs an appliance in a new directory until the test ends.
func start(t testing.TB, guests []string, overrides map[string]string) *appliance {
	t.Helper()
	return startIn(t, t.TempDir(), guests, overrides)
}

// startIn runs an appliance in dir until the test ends, or stop.
func startIn(t testing.TB, dir string, guests []string, overrides map[string]string) *appliance {
	t.Helper()
	shareCache(t, dir)
	keys := map[string]string{}
	for _, m := range []map[string]string{settings, overrides} {
		for key, value := range m {
			keys[key] = value
		}
	}
	loaded, err := config.Load(dir, nil, keys)
	if err != nil {
		t.Fatal(err)
	}
	var modules []host.Module
	for _, pkg := range guests {
		modules = append(modules, host.Module{Name: filepath.Base(pkg), Wasm: hosttest.Guest(t, pkg)})
	}
	a := &appliance{dir: dir, log: &logBuffer{}}
	log := slog.New(slog.NewJSONHandler(a.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a.host, err = host.New(t.Context(), host.Options{Config: loaded, Handlers: modules, Log: log, PID: os.Getpid()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.ended = make(chan struct{})
	var result error // set before ended is closed
	go func() {      // ended by stop, which waits for it, unless the host ends by itself
		result = a.host.Run(ctx)
		close(a.ended)
	}()
	a.stop = func() error {
		cancel()
		<-a.ended
		return result
	}
	t.Cleanup(func() {
		if err := a.stop(); err != nil {
			t.Errorf("the appliance ended with: %v", err)
		}
		if t.Failed() {
			t.Logf("log of the appliance:\n%s", a.log.tail(100))
		}
	})
	return a
}

// shareCache lets the appliance in dir find code that was compiled for an earlier one.
func shareCache(t testing.TB, dir string) {
	t.Helper()
	if err := os.Symlink(cacheDir, filepath.Join(dir, "cache")); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
}

// url returns where the appliance listens.
func (a *appliance) url() string { return fmt.Sprintf("ws://127.0.0.1:%d/ws", a.host.Address().Port) }

// dial connects as a user until the test ends.
func (a *appliance) dial(t testing.TB, user string) *client.Client {
	t.Helper()
	return a.dialWith(t, client.Options{User: user})
}

func (a *appliance) dialWith(t testing.TB, options client.Options) *client.Client {
	t.Helper()
	c, err := client.Dial(soon(t), a.url(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// raw connects as a user, for exact bytes, until the test ends.
func (a *appliance) raw(t testing.TB, user string) *client.Raw {
	t.Helper()
	r, err := client.DialRaw(soon(t), a.url(), client.Options{User: user})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Abort)
	return r
}

// soon returns a context that ends with the test, or when patience does.
func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// logBuffer keeps what an appliance logs. Safe for concurrent use.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

var _ io.Writer = (*logBuffer)(nil)

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) lines() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Split(strings.TrimSuffix(b.text.String(), "\n"), "\n")
}

func (b *logBuffer) tail(n int) string {
	lines := b.lines()
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
