package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"workcell/host/admin"
)

// control is what the verbs that change what runs have in common: a name, a directory, and an answer.
func control(use, short, long string, do func(ctx context.Context, dir, name string) (said string, value any, err error)) *cobra.Command {
	var (
		dir    string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Long:  long,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := configDir(dir)
			if err != nil {
				return err
			}
			said, value, err := do(cmd.Context(), dir, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), value)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), said)
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", dirUsage)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// outcome is what is printed as JSON of an operation that has no other answer.
type outcome struct {
	Handler string `json:"handler"`
	Done    string `json:"done"`
}

func newHandlerRollbackCommand() *cobra.Command {
	var to string
	cmd := control("rollback NAME", "Put back the version of a handler before the one that runs",
		"Takes the version that runs out and puts the one before it back, without compiling; a handler without one gives its\n"+
			"routes back. If a version is on trial, the trial ends. With --to any version of `workcell handler ls` is put back.",
		func(ctx context.Context, dir, name string) (string, any, error) {
			d, err := admin.RollbackHandler(ctx, dir, name, to)
			return fmt.Sprintf("%s %s is %s (version %d)", d.Name, d.Version, d.State, d.ID), d, err
		})
	cmd.Flags().StringVar(&to, "to", "", "number of the version to put back; 0: the one built in")
	return cmd
}

func newHandlerPauseCommand() *cobra.Command {
	return control("pause NAME", "Answer all calls of a handler with SERVICE_UNAVAILABLE",
		"The handler's routes are out of service until `workcell handler resume`, restarts included.",
		func(ctx context.Context, dir, name string) (string, any, error) {
			return name + " is paused", outcome{name, "paused"}, admin.PauseHandler(ctx, dir, name, true)
		})
}

func newHandlerResumeCommand() *cobra.Command {
	return control("resume NAME", "Put a paused handler back into service", "",
		func(ctx context.Context, dir, name string) (string, any, error) {
			return name + " is in service", outcome{name, "resumed"}, admin.PauseHandler(ctx, dir, name, false)
		})
}

func newHandlerRemoveCommand() *cobra.Command {
	return control("rm NAME[@NUMBER]", "Take a handler out of service and forget its versions",
		"Forgets all that was pushed of a handler; routes of built-in handlers go back to them. What it stored stays in the store.\n"+
			"With a number only that version is forgotten, which must be out of use.",
		func(ctx context.Context, dir, name string) (string, any, error) {
			name, id, _ := strings.Cut(name, "@")
			return name + " is removed", outcome{name, "removed"}, admin.RemoveHandler(ctx, dir, name, id)
		})
}
