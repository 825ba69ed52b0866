// Package host assembles the appliance: it opens what the configuration names, in order, runs it, and takes it down in
// the reverse order. It is imported by the command and the end-to-end tests only.
//
//	open:  keys of tokens -> admin lock (the storage directory) -> storage -> breaker -> handlers -> listener -> admin socket -> port file
//	down:  ready turns 503, listener closed -> running messages end -> queues flushed, close 1001 -> storage -> port file
//
// Handlers come in as bytes; the host does not know what they do.
package host

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"workcell/host/admin"
	"workcell/host/config"
	"workcell/host/deploy"
	"workcell/host/dispatch"
	"workcell/host/fanout"
	"workcell/host/identity"
	"workcell/host/portfile"
	"workcell/host/sandbox"
	"workcell/host/session"
	"workcell/host/telemetry"
	"workcell/host/wire"
	"workcell/storage/backup"
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

	// Storage has hooks for tests, such as a failing file system; what the configuration says is not taken from it.
	Storage lsm.Options
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
	lender   *backup.Lender
	sandbox  *sandbox.Engine
	handlers *deploy.Machine
	dispatch *dispatch.Dispatcher
	hub      *fanout.Hub
	sessions *session.Server
	wire     *wire.Server
	tls      *tls.Config // nil: none
	tlsFile  string      // with the certificate
	listener net.Listener
	admin    *admin.Socket
	adminLn  net.Listener

	door        *identity.Door
	observers   observers
	apiRequests atomic.Uint64

	draining atomic.Bool
	routed   atomic.Bool // some route has a handler
	failed   chan error  // the first failure that ends the process
	failOnce sync.Once
	left     chan struct{} // closed by quit
	quitOnce sync.Once
}

// New opens everything, so that Run only has to serve. On an error nothing stays open.
func New(ctx context.Context, o Options) (_ *Host, err error) {
	h := &Host{
		dir: o.Config.Dir, config: o.Config.Config, log: o.Log, pid: o.PID, started: time.Now(),
		failed: make(chan error, 1), left: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close(context.WithoutCancel(ctx)))
		}
	}()
	for _, open := range []func() error{
		func() error { return h.openDoor(o.Config) },
		h.openObservers,
		func() error { return h.openStorage(o.Config.DatabaseDir(), o.Storage) },
		func() error { return h.openLender(o.Config.CheckpointDir()) },
		func() (err error) { h.tls, h.tlsFile, err = h.openTLS(o.Config); return err },
		func() error { return h.openHandlers(ctx, o.Handlers) },
		func() error { return h.introduceAPIUser(ctx) },
		h.openSockets,
		h.writePortFile,
	} {
		if err := open(); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// openDoor reads the key of tokens, if they are asked for.
func (h *Host) openDoor(loaded config.Loaded) error {
	var verifier *identity.Verifier
	if h.config.AuthEnabled {
		var err error
		if verifier, err = loaded.Verifier(); err != nil {
			return err
		}
	}
	h.door = identity.NewDoor(verifier, h.config.AuthDesktopUserID)
	return nil
}

// openHandlers loads the handlers and gives the dispatcher their routes.
func (h *Host) openHandlers(ctx context.Context, handlers []Module) error {
	var err error
	h.sandbox, err = sandbox.New(ctx, SandboxConfig(h.dir, &h.config))
	if err != nil {
		return err
	}
	h.log.Info(telemetry.EventSandbox, telemetry.Engine, h.config.SandboxEngine, telemetry.Reset, h.sandbox.ResetMethod())
	size := h.config.HandlerInstances
	if size == 0 {
		size = runtime.GOMAXPROCS(0)
	}
	h.hub = fanout.NewHub(h.store)
	h.hub.Observer = h.observers.metrics
	h.dispatch = dispatch.New(dispatch.Config{
		Timeout: h.config.HandlerTimeout, Execution: h.config.HandlerExecutionLimit, Running: size,
		MaxFuel:         uint64(h.config.HandlerMaxFuel),
		MaxErrorMessage: h.config.ValidationMaxErrorMessageLength, Settings: h.config.GuestSettings(), Observer: &h.observers,
		Disk: h.engine, Retry: guard.Retry{
			Attempts: h.config.RetryMaxAttempts, InitialDelay: h.config.RetryInitialDelay, MaxDelay: h.config.RetryMaxDelay,
			Multiplier: h.config.RetryBackoffMultiplier, Jitter: h.config.RetryJitter,
		},
	}, h.store, h.guard, h.hub, h.log)
	if err := h.openMachine(ctx, handlers, size); err != nil {
		return err
	}
	debug.FreeOSMemory() // compiling takes several times the memory of what is left of it

	h.sessions = session.NewServer(h.dispatch, h.hub, h.door,
		session.Rate{Messages: h.config.RateLimitMaxRequests, Window: h.config.RateLimitWindow}, h.observers.metrics, h.log)
	h.wire = wire.NewServer(wire.Config{
		MaxMessageBytes: h.config.WebsocketMaxMessageBytes, MaxConnections: h.config.ServerMaxConnections,
		SendQueue:         h.config.WebsocketSendBufferSize,
		HeartbeatInterval: h.config.WebsocketHeartbeatInterval, HeartbeatTimeout: h.config.WebsocketHeartbeatTimeout,
		TLS: h.tls,
	}, h.sessions, h.public().Handler(), h.log)
	h.observers.metrics.Read(h.source())
	return nil
}

func (h *Host) openSockets() error {
	address := net.JoinHostPort(h.config.ServerHost, strconv.Itoa(h.config.ServerPort))
	var err error
	if h.listener, err = net.Listen("tcp", address); err != nil {
		return fmt.Errorf("listen on %s: %w: stop what listens there, or choose another server.port (0 picks a free one)", address, err)
	}
	h.admin, h.adminLn, err = admin.Listen(h.dir, h.Status, h.lend, h.handlers, h.manageMembers)
	return err
}

func (h *Host) writePortFile() error {
	err := portfile.Write(h.dir, portfile.Info{
		PID: h.pid, Port: h.Address().Port, Host: h.config.ServerHost, StartedAt: h.started, Version: Version,
		Certificate: h.tlsFile,
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
		Version: Version, PID: h.pid, StartedAt: h.started, Address: h.Address().String(), TLS: h.tls != nil, Directory: h.dir,
		State: "serving", Breaker: h.guard.State().String(), Connections: h.wire.Connections(), Sequence: uint64(h.store.Durable()),
	}
	if h.draining.Load() {
		s.State = "shutting down"
	}
	for _, p := range h.pools() {
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

// quit ends Run in order, as a signal does.
func (h *Host) quit(why string) {
	h.quitOnce.Do(func() {
		h.log.Info(telemetry.EventQuit, telemetry.Reason, why)
		close(h.left)
	})
}
