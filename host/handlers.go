package host

import (
	"context"
	"path/filepath"

	"workcell/abi"
	"workcell/host/config"
	"workcell/host/deploy"
	"workcell/host/dispatch"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
	"workcell/host/telemetry"
	"workcell/storage/catalog"
)

// openMachine brings into service what the program brings along and what was pushed.
func (h *Host) openMachine(ctx context.Context, builtin []Module, size int) error {
	keys, err := deploy.ParseKeys(h.config.HandlerTrustedKeys, h.dir)
	if err != nil {
		return err
	}
	versions, err := catalog.Open(h.store, filepath.Join(h.dir, deploy.ModulesDir))
	if err != nil {
		return err
	}
	cfg := deploy.Config{
		Dir: h.dir, Engine: h.sandbox, Functions: hostcall.Functions(), MaxPages: MaxPages(&h.config), Catalog: versions, Keys: keys,
		Instances: size, MaxFuel: uint64(h.config.HandlerMaxFuel), Patience: h.config.HandlerTimeout, Keep: h.config.HandlerKeepVersions,
		Threshold: deploy.Threshold{
			Failures: h.config.HandlerRollbackFailures, Percent: h.config.HandlerRollbackPercent, Window: h.config.HandlerRollbackWindow,
		},
		Use: h.useServices, Expect: h.expect, Observe: func(e *catalog.Event) { h.observers.metrics.Deployed(string(e.State)) }, Log: h.log,
	}
	for _, m := range builtin {
		cfg.Builtin = append(cfg.Builtin, deploy.Builtin{Name: m.Name, Wasm: m.Wasm})
	}
	h.handlers = deploy.New(cfg)
	return h.handlers.Start(ctx)
}

// MaxPages is how large the memory of an instance may become, in pages of 64 KiB.
func MaxPages(c *config.Config) int { return c.HandlerMaxMemoryMiB * 16 }

// useServices makes services the table of routes.
func (h *Host) useServices(services []deploy.Service) {
	handlers := make([]*dispatch.Handler, 0, len(services))
	for _, s := range services {
		handlers = append(handlers, &dispatch.Handler{Manifest: s.Manifest, Hash: s.Hash, Runner: s.Runner})
	}
	table, err := dispatch.NewTable(handlers)
	if err != nil { // no route has two owners
		h.log.Error("the table of routes was not changed", telemetry.Error, err)
		return
	}
	h.dispatch.Use(table)
	h.routed.Store(len(services) > 0)
}

// expect is told of each module that gets into service.
func (h *Host) expect(m *abi.Manifest) {
	for i := range m.Routes {
		h.observers.metrics.Expect(&m.Routes[i])
	}
}

// missing is an admin.Condition. An appliance without handlers answers nothing but pings.
func (h *Host) missing() string {
	if !h.routed.Load() {
		return "no handler for any message"
	}
	return ""
}

// pools returns what runs the calls of the modules that are loaded.
func (h *Host) pools() (pools []*sandbox.Pool) {
	h.handlers.Loaded(func(p *sandbox.Pool) { pools = append(pools, p) })
	return pools
}
