package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"workcell/host/config"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
	"workcell/host/tryout"
)

// tryoutHost is a tryout.Host and what it stands on.
type tryoutHost struct {
	*tryout.Host
	module *sandbox.Module
	engine *sandbox.Engine
}

// openTryout loads a module into a sandbox as a server has it with its default settings, on an empty store in memory.
func openTryout(ctx context.Context, path string) (*tryoutHost, error) {
	wasm, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	settings := config.Default()
	engine, err := sandbox.New(ctx, sandbox.Config{
		Functions: hostcall.Functions(), MemoryPages: uint32(settings.HandlerMaxMemoryMiB) * 16,
		Kind: settings.SandboxEngine, Reset: settings.SandboxReset,
	})
	if err != nil {
		return nil, err
	}
	module, err := engine.Load(ctx, wasm)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), engine.Close(context.WithoutCancel(ctx)))
	}
	return &tryoutHost{tryout.New(module, settings.GuestSettings(), uint64(settings.HandlerMaxFuel)), module, engine}, nil
}

func (s *tryoutHost) close(ctx context.Context) error {
	return s.engine.Close(context.WithoutCancel(ctx))
}

// title names the handler.
func (s *tryoutHost) title() string {
	return fmt.Sprintf("%s %s, sha256 %.12s", s.module.Manifest().Name, s.module.Manifest().Version, s.module.Hash())
}
