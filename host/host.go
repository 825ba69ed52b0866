// Package host assembles the appliance: it opens what the configuration names, in order, runs it, and takes it down in
// the reverse order. It is imported by the command and the end-to-end tests only.
//
//	open:  admin lock (the storage directory) -> storage -> breaker -> handlers -> listener -> admin socket -> port file
//	down:  ready turns 503, listener closed -> running messages end -> queues flushed, close 1001 -> storage -> port file
//
// Handlers come in as bytes; the host does not know what they do.
package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"workcell/host/admin"
	"workcell/host/config"
	"workcell/host/dispatch"
	"workcell/host/fanout"
	"workcell/host/portfile"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
	"workcell/host/session"
	"workcell/host/telemetry"
	"workcell/host/wire"
	"workcell/storage/guard"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// Version of the appliance.
const Version = "0.1.0"

// shutdownTimeout bounds a graceful shutdown; supervisors kill after 10 s.
const shutdownTimeout = 9 * time.Second

// Options of New.
type Options struct {
	Config   config.Loaded // its directory exists
	Handlers []Module
	Log      *slog.Logger
	PID      int
}

// Module is a handler to load.
type Module struct {
	Name string // for messages
	Wasm []byte
}

// Host is the running appliance.
type Host struct {
	dir     string
	config  config.Config
	log     *slog.Logger
	pid     int
	started time.Time

	engine   *lsm.Engine
	store    *txn.Store
	guard    *guard.Guard
	sandbox  *sandbox.Engine
	pools    []*sandbox.Pool
	dispatch *dispatch.Dispatcher
	wire     *wire.Server
	listener net.Listener
	admin    *admin.Socket
	adminLn  net.Listener

	draining atomic.Bool
	failed   chan error // the first failure that ends the process
	failOnce sync.Once
}

// New opens everything, so that Run only has to serve. On an error nothing stays open.
func New(ctx context.Context, o Options) (_ *Host, err error) {
	if o.Config.Config.AuthEnabled {
		return nil, errors.New("auth.enabled: token authentication is not part of this version: set auth.enabled = false, " +
			"and let only trusted machines reach the port")
	}
	h := &Host{
		dir: o.Config.Dir, config: o.Config.Config, log: o.Log, pid: o.PID, started: time.Now(), failed: make(chan error, 1),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close(context.WithoutCancel(ctx)))
		}
	}()
	for _, open := range []func() error{
		func() error { return h.openStorage(o.Config.DatabaseDir()) },
		func() error { return h.openHandlers(ctx, o.Handlers) },
		h.openSockets,
		h.writePortFile,
	} {
		if err := open(); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// openStorage opens the store behind its breaker. It also is the lock that keeps a second server off the directory.
func (h *Host) openStorage(dir string) error {
	var err error
	h.engine, err = lsm.Open(dir, lsm.Options{CacheMiB: h.config.StorageCacheMiB, MemtableMiB: h.config.StorageMemtableMiB, Logger: h.log})
	if err != nil {
		return err
	}
	h.store, err = txn.Open(h.engine, txn.Config{Fatal: func(err error) {
		h.fail(fmt.Errorf("a sync of the log failed, a restart will tell what survived: %w", err))
	}})
	if err != nil {
		return errors.Join(err, h.engine.Close())
	}
	c := &h.config
	h.guard = guard.New(guard.Config{
		FailureThreshold: c.CircuitBreakerFailureThreshold, FailureWindow: c.CircuitBreakerFailureWindow,
		OpenDuration: c.CircuitBreakerOpenDuration, HalfOpenSuccesses: c.CircuitBreakerHalfOpenSuccessThreshold,
		Changed: func(from, to guard.State) {
			level := slog.LevelInfo
			if to == guard.Open {
				level = slog.LevelWarn
			}
			h.log.Log(context.Background(), level, telemetry.EventBreaker, telemetry.State, to.String(), telemetry.From, from.String())
		},
	})
	return nil
}

// openHandlers loads the handlers and gives the dispatcher their routes.
func (h *Host) openHandlers(ctx context.Context, handlers []Module) error {
	var err error
	h.sandbox, err = sandbox.New(ctx, sandbox.Config{
		Functions:   hostcall.Functions(),
		MemoryPages: uint32(h.config.HandlerMaxMemoryMiB) * 16,
		CacheDir:    filepath.Join(h.dir, "cache"),
		Kind:        h.config.SandboxEngine,
		Reset:       h.config.SandboxReset,
	})
	if err != nil {
		return err
	}
	h.log.Info(telemetry.EventSandbox, telemetry.Engine, h.config.SandboxEngine, telemetry.Reset, h.sandbox.ResetMethod())
	size := h.config.HandlerInstances
	if size == 0 {
		size = runtime.GOMAXPROCS(0)
	}
	var loaded []*dispatch.Handler
	for _, m := range handlers {
		module, err := h.sandbox.Load(ctx, m.Wasm)
		if err != nil {
			return fmt.Errorf("load handler %s: %w", m.Name, err)
		}
		pool := sandbox.NewPool(module, size)
		h.pools = append(h.pools, pool)
		loaded = append(loaded, &dispatch.Handler{Manifest: module.Manifest(), Hash: module.Hash(), Runner: pool})
		h.log.Info(telemetry.EventLoaded, telemetry.Module, module.Manifest().Name,
			telemetry.Version, module.Manifest().Version, telemetry.Hash, module.Hash())
	}
	table, err := dispatch.NewTable(loaded)
	if err != nil {
		return err
	}
	hub := fanout.NewHub()
	h.dispatch = dispatch.New(dispatch.Config{
		Timeout: h.config.HandlerTimeout, Execution: h.config.HandlerExecutionLimit, Running: size,
		MaxFuel:         uint64(h.config.HandlerMaxFuel),
		MaxErrorMessage: h.config.ValidationMaxErrorMessageLength, Settings: &h.config,
	}, h.store, h.guard, hub, h.log)
	h.dispatch.Use(table)

	sessions := session.NewServer(h.dispatch, hub, h.config.AuthDesktopUserID, h.log)
	health := &admin.Health{
		Version: Version, Probe: h.store.Probe, Breaker: h.guard.State, Draining: h.draining.Load, Missing: h.missing,
	}
	h.wire = wire.NewServer(wire.Config{
		MaxMessageBytes: h.config.WebsocketMaxMessageBytes, MaxConnections: h.config.ServerMaxConnections,
		SendQueue: h.config.WebsocketSendBufferSize,
	}, sessions, health.Handler(), h.log)
	return nil
}

// missing says that no handler is loaded, if so: such an appliance answers nothing but pings.
func (h *Host) missing() string {
	if len(h.pools) == 0 {
		return "any message"
	}
	return ""
}

func (h *Host) openSockets() error {
	address := net.JoinHostPort(h.config.ServerHost, strconv.Itoa(h.config.ServerPort))
	var err error
	if h.listener, err = net.Listen("tcp", address); err != nil {
		return fmt.Errorf("listen on %s: %w: stop what listens there, or choose another server.port (0 picks a free one)", address, err)
	}
	h.admin, h.adminLn, err = admin.Listen(h.dir, h.Status)
	return err
}

func (h *Host) writePortFile() error {
	err := portfile.Write(h.dir, portfile.Info{
		PID: h.pid, Port: h.Address().Port, Host: h.config.ServerHost, StartedAt: h.started, Version: Version,
	})
	if errors.Is(err, portfile.ErrForeign) {
		h.log.Warn("port file belongs to another running server and is left alone", telemetry.Error, err)
		return nil
	}
	return err
}

// Address returns where the host listens.
func (h *Host) Address() *net.TCPAddr { return h.listener.Addr().(*net.TCPAddr) }

// Dir returns the configuration directory.
func (h *Host) Dir() string { return h.dir }

// Status returns what an operator wants to see first.
func (h *Host) Status(context.Context) admin.Status {
	s := admin.Status{
		Version: Version, PID: h.pid, StartedAt: h.started, Address: h.Address().String(), Directory: h.dir,
		State: "serving", Breaker: h.guard.State().String(), Connections: h.wire.Connections(), Sequence: uint64(h.store.Durable()),
	}
	if h.draining.Load() {
		s.State = "shutting down"
	}
	for _, p := range h.pools {
		manifest, stats := p.Module().Manifest(), p.Stats()
		status := admin.HandlerStatus{
			Name: manifest.Name, Version: manifest.Version, Hash: p.Module().Hash(), Routes: len(manifest.Routes), Calls: stats.Calls,
		}
		for _, count := range stats.Traps {
			status.Traps += count
		}
		s.Handlers = append(s.Handlers, status)
	}
	return s
}

// fail ends Run with err: the process cannot go on.
func (h *Host) fail(err error) {
	h.failOnce.Do(func() { h.failed <- err })
}
