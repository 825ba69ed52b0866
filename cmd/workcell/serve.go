package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"workcell/guests/handlers"
	"workcell/host"
	"workcell/host/config"
	"workcell/host/telemetry"
)

// serveFlags are the flags that set a key of the configuration.
var serveFlags = []struct{ flag, key, usage string }{
	{"host", "server.host", "address to listen on"},
	{"port", "server.port", "port to listen on; 0 picks a free one"},
	{"tls-self-signed", "server.tls_self_signed", "speak TLS, with a certificate made for this run"},
	{"log-level", "logging.level", "off, error, warn, info, debug or trace"},
	{"log-format", "logging.format", "auto, text or json"},
}

func newServeCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: "Runs the server until it gets SIGINT or SIGTERM; a second signal ends it at once.\n\n" +
			"Settings come from config.toml in the directory, then PM_* environment variables, then flags.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd, dir)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", dirUsage)
	for _, f := range serveFlags {
		cmd.Flags().String(f.flag, "", f.usage+" ("+f.key+")")
	}
	cmd.Flags().Lookup("tls-self-signed").NoOptDefVal = "true"
	return cmd
}

func serve(cmd *cobra.Command, dir string) error {
	loaded, err := loadConfig(cmd.Flags(), dir)
	if err != nil {
		return err
	}
	out, err := openLog(loaded)
	if err != nil {
		return err
	}
	defer out.Close()
	log := telemetry.NewLogger(telemetry.LogConfig{
		Level: loaded.Config.LoggingLevel, Format: loaded.Config.LoggingFormat, Colored: loaded.Config.LoggingColored,
	}, out)
	for _, warning := range slices.Concat(unknownSettings(loaded), loaded.Warnings) {
		log.Warn(warning)
	}
	log.LogAttrs(cmd.Context(), slog.LevelInfo, telemetry.EventConfigured, loaded.Summary()...)

	modules, err := builtinHandlers()
	if err != nil {
		return err
	}
	ctx, stop := untilSignal()
	defer stop()
	h, err := host.New(ctx, host.Options{Config: loaded, Handlers: modules, Log: log, PID: os.Getpid()})
	if err != nil {
		return err
	}
	greet(cmd.ErrOrStderr(), h)
	if err := h.Run(ctx); errors.Is(err, host.ErrStorage) {
		return withExitCode(host.ExitStorage, err) // a supervisor starts it again
	} else {
		return err
	}
}

// loadConfig reads the configuration of a directory, which it creates, and the flags over it.
func loadConfig(flags *pflag.FlagSet, dir string) (config.Loaded, error) {
	dir, err := configDir(dir)
	if err != nil {
		return config.Loaded{}, err
	}
	if err := config.EnsureDir(dir); err != nil {
		return config.Loaded{}, err
	}
	overrides := map[string]string{}
	for _, f := range serveFlags {
		if flags.Changed(f.flag) {
			overrides[f.key] = flags.Lookup(f.flag).Value.String()
		}
	}
	return config.Load(dir, os.LookupEnv, overrides)
}

// openLog opens where log lines go: standard output, or the configured file.
func openLog(loaded config.Loaded) (io.WriteCloser, error) {
	path := loaded.LogFile()
	if path == "" {
		return os.Stdout, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the log directory: %w", err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open logging.file: %w", err)
	}
	return f, nil
}

func builtinHandlers() ([]host.Module, error) {
	builtin, err := handlers.Builtin()
	if err != nil {
		return nil, err
	}
	if len(builtin) == 0 {
		return nil, errors.New("this binary was built without its handlers: build it with `make build`")
	}
	var modules []host.Module
	for name, wasm := range builtin {
		modules = append(modules, host.Module{Name: name, Wasm: wasm})
	}
	slices.SortFunc(modules, func(a, b host.Module) int { return strings.Compare(a.Name, b.Name) })
	return modules, nil
}

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. A second one ends the process.
func untilSignal() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the signals' default action again
	return ctx, stop
}

// greet tells a person where things are.
func greet(out io.Writer, h *host.Host) {
	status := h.Status(context.Background())
	socket := socketURL(status)
	ready := "http" + strings.TrimPrefix(strings.TrimSuffix(socket, "/ws"), "ws") + "/ready"
	fmt.Fprintf(out, "workcell %s\n  listening on  %s   (health: %s)\n  data in       %s\n", status.Version, socket, ready, status.Directory)
	for _, handler := range status.Handlers {
		fmt.Fprintf(out, "  handler       %s %s, %d routes, sha256 %.12s\n", handler.Name, handler.Version, handler.Routes, handler.Hash)
	}
}
