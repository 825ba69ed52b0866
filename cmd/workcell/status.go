package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"workcell/host/admin"
)

func newStatusCommand() *cobra.Command {
	var (
		dir    string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what the server of a directory is doing",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := configDir(dir)
			if err != nil {
				return err
			}
			status, err := admin.GetStatus(cmd.Context(), dir)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), status)
			}
			return printStatus(cmd.OutOrStdout(), status)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", dirUsage)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printJSON(out io.Writer, value any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(value)
}

// socketURL returns where clients of a server connect to.
func socketURL(s admin.Status) string {
	scheme := "ws"
	if s.TLS {
		scheme = "wss"
	}
	return scheme + "://" + s.Address + "/ws"
}

func printStatus(out io.Writer, s admin.Status) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "state\t%s\n", s.State)
	fmt.Fprintf(w, "version\t%s\n", s.Version)
	fmt.Fprintf(w, "address\t%s\n", socketURL(s))
	fmt.Fprintf(w, "directory\t%s\n", s.Directory)
	fmt.Fprintf(w, "process\t%d, started %s\n", s.PID, s.StartedAt.Format(time.RFC3339))
	fmt.Fprintf(w, "connections\t%d\n", s.Connections)
	fmt.Fprintf(w, "commits\t%d\n", s.Sequence)
	fmt.Fprintf(w, "breaker\t%s\n", s.Breaker)
	for _, h := range s.Handlers {
		fmt.Fprintf(w, "handler\t%s %s, %d routes, sha256 %.12s, %d calls, %d traps\n", h.Name, h.Version, h.Routes, h.Hash, h.Calls, h.Traps)
	}
	return w.Flush()
}
