package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"workcell/host"
	"workcell/host/admin"
	"workcell/host/config"
	"workcell/storage/backup"
)

func newRestoreCommand() *cobra.Command {
	var flags copyFlags
	cmd := &cobra.Command{
		Use:   "restore DIR",
		Short: "Make a box from a backup",
		Long: "Verifies the backup in DIR and fills a configuration directory from it: the store, the modules of pushed handlers and\n" +
			"config.toml. There must be no store yet: to go back to a backup, stop the server and move its store away first. A\n" +
			"config.toml that is there stays. A restore that was interrupted leaves no store, and can be repeated.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			loaded, err := configAfter(flags.dir, args[0])
			if err != nil {
				return err
			}
			ctx, stop := untilSignal()
			defer stop()
			return restore(ctx, cmd.OutOrStdout(), loaded, args[0], flags)
		},
	}
	flags.add(cmd)
	return cmd
}

func restore(ctx context.Context, out io.Writer, loaded config.Loaded, from string, flags copyFlags) error {
	switch _, err := admin.GetStatus(ctx, loaded.Dir); {
	case err == nil:
		return fmt.Errorf("a server is running in %s: stop it first", loaded.Dir)
	case !errors.Is(err, admin.ErrNoServer):
		return err
	}
	plan, err := backup.PlanRestore(ctx, from, host.Box(loaded))
	if err != nil {
		return err
	}
	if !flags.dryRun {
		if err := config.EnsureDir(loaded.Dir); err != nil {
			return err
		}
	}
	return runPlan(ctx, out, job{plan: plan, from: from, loaded: loaded}, flags)
}

// configAfter returns the configuration that a directory has after a restore: its own, or that of the backup. It says where
// the store is. Its other problems, such as a file that is not there yet, are for the next start to tell.
func configAfter(dir, from string) (config.Loaded, error) {
	dir, err := configDir(dir)
	if err != nil {
		return config.Loaded{}, err
	}
	source := dir
	if _, err := os.Stat(filepath.Join(dir, config.FileName)); errors.Is(err, fs.ErrNotExist) {
		source = from
	}
	loaded, err := config.Load(source, os.LookupEnv, nil)
	var problems config.Problems
	switch {
	case errors.As(err, &problems):
		for _, p := range problems {
			if p.Key == "database.path" {
				return config.Loaded{}, err
			}
		}
	case err != nil && source == dir:
		return config.Loaded{}, err
	case err != nil: // the backup is verified next
		loaded.Config = config.Default()
	}
	loaded.Dir = dir
	return loaded, nil
}
