package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"workcell/host"
	"workcell/host/admin"
	"workcell/host/config"
	"workcell/storage/backup"
	"workcell/storage/lsm"
)

func newBackupCommand() *cobra.Command {
	var flags copyFlags
	cmd := &cobra.Command{
		Use:   "backup DIR",
		Short: "Copy the box to a directory, verified, whether or not the server runs",
		Long: "Copies the store, the modules of pushed handlers and config.toml to DIR, which must be absent or empty, in a directory\n" +
			"that exists. The server may run, and its clients go on: the backup holds everything that was acknowledged before it\n" +
			"began. It appears as DIR when it is whole and was read back; one that was interrupted leaves DIR.partial, which the\n" +
			"next run replaces. Keep it as you keep config.toml, whose secrets are in it. Files that config.toml names, such as\n" +
			"certificates and keys, are not in it: the plan lists them.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			loaded, err := readConfig(flags.dir)
			if err != nil {
				return err
			}
			ctx, stop := untilSignal()
			defer stop()
			return makeBackup(ctx, cmd.OutOrStdout(), loaded, args[0], flags)
		},
	}
	flags.add(cmd)
	cmd.AddCommand(newBackupVerifyCommand())
	return cmd
}

// maxCheckpoints is how many checkpoints are asked for until one is good: the log may grow under the copy, and a handler may
// be replaced.
const maxCheckpoints = 3

func makeBackup(ctx context.Context, out io.Writer, loaded config.Loaded, into string, flags copyFlags) error {
	box := host.Box(loaded)
	if err := keepOff(box, into); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		again := false
		err := withCheckpoint(ctx, loaded, func(ctx context.Context, checkpoint string, o backup.Options) error {
			plan, err := backup.PlanBackup(checkpoint, into, host.Version)
			if err != nil {
				again = errors.Is(err, lsm.ErrDamaged) || errors.Is(err, backup.ErrNoModule)
				return err
			}
			return runPlan(ctx, out, job{plan: plan, from: loaded.Dir, loaded: loaded, options: o}, flags)
		})
		if !again || attempt == maxCheckpoints {
			return err
		}
	}
}

// keepOff makes sure that a backup does not go into what it is of.
func keepOff(box backup.Box, into string) error {
	into, err := filepath.Abs(into)
	if err != nil {
		return err
	}
	for name, dir := range map[string]string{"the store": box.Store, "the directory of modules": box.Modules} {
		if rel, err := filepath.Rel(dir, into); err == nil && filepath.IsLocal(rel) {
			return fmt.Errorf("%s is inside %s: choose a directory outside, best on another disk", into, name)
		}
	}
	return nil
}

// withCheckpoint lets use read a checkpoint of the box: of the running server, or without one, made here.
func withCheckpoint(ctx context.Context, loaded config.Loaded, use func(context.Context, string, backup.Options) error) error {
	err := admin.BorrowCheckpoint(ctx, loaded.Dir, func(ctx context.Context, checkpoint string) error {
		return use(ctx, checkpoint, backup.Options{BytesPerSecond: backup.DefaultBytesPerSecond})
	})
	if !errors.Is(err, admin.ErrNoServer) || ctx.Err() != nil {
		return err
	}
	engine, err := openExisting(loaded)
	if err != nil {
		return err
	}
	lender, err := backup.NewLender(engine, host.Box(loaded), loaded.CheckpointDir(), 0)
	if err == nil {
		err = lender.Lend(ctx, func(ctx context.Context, checkpoint string) error {
			return use(ctx, checkpoint, backup.Options{})
		})
	}
	return errors.Join(err, engine.Close())
}

// openExisting opens a store that is there, and makes none.
func openExisting(loaded config.Loaded) (*lsm.Engine, error) {
	looked, err := lsm.OpenReadOnly(loaded.DatabaseDir(), engineOptions(loaded))
	if err != nil {
		return nil, err
	}
	if err := looked.Close(); err != nil {
		return nil, err
	}
	return lsm.Open(loaded.DatabaseDir(), engineOptions(loaded))
}
