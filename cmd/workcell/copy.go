package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"workcell/storage/backup"
)

// copyFlags are the flags of the verbs that copy a store.
type copyFlags struct {
	dir            string
	dryRun, asJSON bool
}

func (f *copyFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "dir", "", dirUsage)
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what would be done, and stop")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
}

// copied is what the verbs that copy a store print as JSON.
type copied struct {
	Plan     *backup.Plan     `json:"plan"`
	Manifest *backup.Manifest `json:"manifest,omitempty"` // of what was copied; absent from a dry run
}

// runPlan shows a plan and, unless this is a dry run, does it. from is what the plan's source is called.
func runPlan(ctx context.Context, out io.Writer, plan *backup.Plan, from string, o backup.Options, flags copyFlags) error {
	if !flags.asJSON {
		if err := printPlan(out, plan, from); err != nil {
			return err
		}
	}
	if err := plan.Room(); err != nil {
		return err
	}
	result := copied{Plan: plan}
	if !flags.dryRun {
		manifest, err := plan.Run(ctx, o)
		if err != nil {
			return err
		}
		result.Manifest = &manifest
	}
	switch {
	case flags.asJSON:
		return printJSON(out, result)
	case flags.dryRun:
		_, err := fmt.Fprintln(out, "nothing was done: this was a dry run")
		return err
	default:
		_, err := fmt.Fprintf(out, "done: %s holds commit %d, %d files, synced and read back\n", plan.Into, result.Manifest.Sequence, len(result.Manifest.Files))
		return err
	}
}

func printPlan(out io.Writer, plan *backup.Plan, from string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "from\t%s, up to commit %d\n", from, plan.Sequence)
	fmt.Fprintf(w, "into\t%s\n", plan.Into)
	if plan.Replaces {
		fmt.Fprintf(w, "replaces\t%s, left by a run that did not come to its end\n", plan.Partial)
	}
	fmt.Fprintf(w, "copies\t%d files, %s\n", len(plan.Files), byteSize(plan.Bytes))
	if plan.Free >= 0 {
		fmt.Fprintf(w, "free\t%s\n", byteSize(plan.Free))
	}
	return w.Flush()
}

// byteSize is a number of bytes for people.
func byteSize(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n), ""
	for _, unit = range []string{"KiB", "MiB", "GiB", "TiB"} {
		if value /= 1 << 10; value < 1<<10 {
			break
		}
	}
	return fmt.Sprintf("%.1f %s", value, unit)
}
