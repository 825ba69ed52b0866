package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"workcell/host"
	"workcell/host/config"
	"workcell/host/errand"
	"workcell/host/fsck"
	"workcell/host/sandbox"
	"workcell/storage"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// exitNotChecked is the exit code of a check that could not be done. Problems are 1, as all errors.
const exitNotChecked = 2

func newFsckCommand() *cobra.Command {
	var (
		dir    string
		asJSON bool
	)
	notChecked := func(_ *cobra.Command, err error) error { return withExitCode(exitNotChecked, err) }
	cmd := &cobra.Command{
		Use:   "fsck",
		Short: "Read the whole store and say what is wrong with it",
		Long: "Reads everything in the store, with the server stopped, and asks the handlers whether what they stored fits together.\n" +
			"It also reads what the store keeps of rows that were changed or deleted. It changes nothing.\n" +
			"Exit code 0: nothing is wrong; 1: there are problems; 2: it could not be checked.",
		Args: func(cmd *cobra.Command, args []string) error { return notChecked(cmd, cobra.NoArgs(cmd, args)) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := readConfig(dir)
			if err != nil {
				return notChecked(cmd, err)
			}
			ctx, stop := untilSignal()
			defer stop()
			report, err := checkStore(ctx, loaded)
			if err != nil {
				return notChecked(cmd, err)
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), report)
			} else {
				err = printReport(cmd.OutOrStdout(), report)
			}
			if err != nil {
				return notChecked(cmd, err)
			}
			if n := report.Found(); n > 0 {
				return fmt.Errorf("problems found: %d; keep a copy of %s, then restore the last backup that is whole (`workcell backup verify`)", n, loaded.DatabaseDir())
			}
			return nil
		},
	}
	cmd.SetFlagErrorFunc(notChecked)
	cmd.Flags().StringVar(&dir, "dir", "", dirUsage)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// checkStore opens the store for reading and checks it with the handlers that would serve it.
func checkStore(ctx context.Context, loaded config.Loaded) (*fsck.Report, error) {
	levels, store, err := openForReading(loaded)
	if errors.Is(err, lsm.ErrDamaged) || errors.Is(err, storage.ErrCorrupt) { // that is a finding
		return fsck.Unreadable(err), nil
	}
	if err != nil {
		return nil, err
	}
	defer store.Close()
	modules, missing, err := servedHandlers(loaded, store)
	if err != nil {
		return nil, err
	}
	engine, err := sandbox.New(ctx, host.SandboxConfig(loaded.Dir, &loaded.Config))
	if err != nil {
		return nil, err
	}
	defer engine.Close(context.WithoutCancel(ctx))
	var handlers []*errand.Handler
	for _, m := range modules {
		module, err := engine.Load(ctx, m.Wasm)
		if err != nil {
			return nil, fmt.Errorf("load handler %s: %w", m.Name, err)
		}
		handlers = append(handlers, &errand.Handler{
			Manifest: module.Manifest(), Runner: sandbox.NewPool(module, 1), Store: store, Settings: loaded.Config.GuestSettings(),
		})
	}
	report, err := fsck.Check(ctx, store, handlers)
	report.Unchecked = append(report.Unchecked, missing...)
	if err != nil {
		return report, err
	}
	return report, report.CheckLevels(levels)
}

// openForReading opens a store. The engine is closed with it.
func openForReading(loaded config.Loaded) (*lsm.Engine, *txn.Store, error) {
	engine, err := lsm.OpenReadOnly(loaded.DatabaseDir(), engineOptions(loaded))
	if err != nil {
		return nil, nil, err
	}
	store, err := txn.Open(engine, txn.Config{})
	if err != nil {
		return nil, nil, errors.Join(err, engine.Close())
	}
	return engine, store, nil
}

// engineOptions are those of an engine that works without a server, and says what it has to say in errors.
func engineOptions(loaded config.Loaded) lsm.Options {
	return lsm.Options{
		CacheMiB: loaded.Config.StorageCacheMiB, MemtableMiB: loaded.Config.StorageMemtableMiB, Logger: slog.New(slog.DiscardHandler),
	}
}

func printReport(out io.Writer, r *fsck.Report) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "checked\twhat\tnumber")
	for _, c := range r.Counts {
		fmt.Fprintf(w, "%s\t%s\t%d\n", c.Where, c.What, c.N)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, name := range r.Unchecked {
		fmt.Fprintf(out, "not checked: %s\n", name)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(out, "%s: %s\n", p.Where, p.What)
	}
	if r.Unlisted > 0 {
		fmt.Fprintf(out, "and %d more problems, which are not listed\n", r.Unlisted)
	}
	if r.Found() > 0 {
		return nil
	}
	_, err := fmt.Fprintln(out, "no problems")
	return err
}
