package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"workcell/host/admin"
	"workcell/host/config"
	"workcell/storage/backup"
)

func newRestoreCommand() *cobra.Command {
	var flags copyFlags
	cmd := &cobra.Command{
		Use:   "restore DIR",
		Short: "Make a store from a backup",
		Long: "Verifies the backup in DIR and makes the store of a configuration directory from it. There must be none yet: to go\n" +
			"back to a backup, stop the server and move its store away first. A restore that was interrupted leaves no store,\n" +
			"and can be repeated.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			loaded, err := readConfig(flags.dir)
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
	plan, err := backup.PlanRestore(ctx, from, loaded.DatabaseDir())
	if err != nil {
		return err
	}
	if !flags.dryRun {
		if err := config.EnsureDir(loaded.Dir); err != nil {
			return err
		}
	}
	return runPlan(ctx, out, plan, from, backup.Options{}, flags)
}
