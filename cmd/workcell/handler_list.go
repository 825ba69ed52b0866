package main

import (
	"cmp"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"workcell/host/admin"
	"workcell/host/deploy"
	"workcell/storage/catalog"
)

func newHandlerListCommand() *cobra.Command {
	var (
		dir    string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:     "ls",
		Aliases: []string{"list"},
		Short:   "Show the versions of handlers that the server knows",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := configDir(dir)
			if err != nil {
				return err
			}
			list, err := admin.ListHandlers(cmd.Context(), dir)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), list)
			}
			return printHandlers(cmd.OutOrStdout(), list)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", dirUsage)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printHandlers(out io.Writer, list []deploy.Info) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "no.\thandler\tversion\tstate\troutes\tcalls\ttraps\tsha256\tcame by\tsigned by")
	unsigned := false
	for _, i := range list {
		state, door, signer := string(i.State), i.Door, cmp.Or(i.Signer, "-")
		if i.Paused {
			state += ", paused"
		}
		if r := i.Report; r != nil {
			state += fmt.Sprintf(" (%d of %d calls, %d failed, %d differ)", r.Calls, r.Policy.Calls, r.Failed, r.Differences)
		}
		if i.Builtin {
			door = "built in"
		}
		if i.Unsigned {
			signer, unsigned = "nobody", true
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%d\t%d\t%.12s\t%s\t%s\n", i.ID, cmp.Or(i.Name, "?"), cmp.Or(i.Version, "?"), state, i.Routes, i.Calls, i.Traps,
			i.Hash, door, signer)
	}
	if err := w.Flush(); err != nil || !unsigned {
		return err
	}
	_, err := fmt.Fprintln(out, "\nwhat nobody has signed runs because handler.trusted_keys is empty: make a key with `workcell key new`, and name it there")
	return err
}

func newHandlerHistoryCommand() *cobra.Command {
	var (
		dir    string
		limit  int
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Show what became of the versions of handlers, the newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := configDir(dir)
			if err != nil {
				return err
			}
			events, err := admin.HandlerHistory(cmd.Context(), dir, limit)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), events)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, e := range events {
				fmt.Fprintf(w, "%s\t%d\t%s %s\t%.12s\t%s\t%s\n", e.Time.Format(time.RFC3339), e.ID, cmp.Or(e.Name, "?"), e.Version, e.Hash, e.State, firstLine(e.Reason))
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", dirUsage)
	cmd.Flags().IntVar(&limit, "limit", 50, fmt.Sprintf("events to show, at most %d", catalog.MaxEvents))
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
