package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"workcell/host/config"
	"workcell/storage/backup"
)

// copyFlags are the flags of the verbs that copy a box.
type copyFlags struct {
	dir            string
	dryRun, asJSON bool
}

func (f *copyFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "dir", "", dirUsage)
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what would be done, and stop")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
}

// job is a plan, and what else there is to know of it.
type job struct {
	plan    *backup.Plan
	from    string        // what the plan's source is called
	loaded  config.Loaded // of the server that is copied, or of the one that is to be
	options backup.Options
}

// copied is what the verbs that copy a box print as JSON.
type copied struct {
	Plan      *backup.Plan     `json:"plan"`
	NotCopied []string         `json:"not_copied"`         // files that the configuration names
	Manifest  *backup.Manifest `json:"manifest,omitempty"` // of what was copied; absent from a dry run
}

// runPlan shows a plan and, unless this is a dry run, does it.
func runPlan(ctx context.Context, out io.Writer, j job, flags copyFlags) error {
	plan, elsewhere := j.plan, filesElsewhere(j.loaded)
	if !flags.asJSON {
		if err := printPlan(out, plan, j.from, elsewhere); err != nil {
			return err
		}
	}
	if err := plan.Room(); err != nil {
		return err
	}
	result := copied{Plan: plan, NotCopied: elsewhere}
	if !flags.dryRun {
		manifest, err := plan.Run(ctx, j.options)
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

func printPlan(out io.Writer, plan *backup.Plan, from string, elsewhere []string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "from\t%s, up to commit %d\n", from, plan.Sequence)
	fmt.Fprintf(w, "into\t%s\n", plan.Into)
	if plan.Replaces {
		fmt.Fprintf(w, "replaces\t%s, left by a run that did not come to its end\n", plan.Partial)
	}
	fmt.Fprintf(w, "copies\t%d files, %s: %s\n", len(plan.Files), byteSize(plan.Bytes), contents(plan.Files))
	if plan.Keeps != "" {
		fmt.Fprintf(w, "keeps\t%s, which is there\n", plan.Keeps)
	}
	for _, path := range elsewhere {
		fmt.Fprintf(w, "leaves out\t%s, which the configuration names: keep a copy of it yourself\n", path)
	}
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
