package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"workcell/storage/backup"
)

func newBackupVerifyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Read a backup and say whether it is whole",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := untilSignal()
			defer stop()
			manifest, err := backup.Verify(ctx, args[0])
			if !asJSON {
				if err == nil {
					err = printManifest(cmd.OutOrStdout(), manifest)
				}
				return err
			}
			result := verified{Manifest: &manifest, Problems: []backup.Problem{}}
			var damaged *backup.DamagedError
			switch {
			case errors.As(err, &damaged):
				result = verified{Problems: damaged.Problems}
			case err != nil:
				return err
			}
			return errors.Join(printJSON(cmd.OutOrStdout(), result), err)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// verified is what `backup verify` prints as JSON.
type verified struct {
	Manifest *backup.Manifest `json:"manifest,omitempty"` // of a backup that is whole
	Problems []backup.Problem `json:"problems"`
}

func printManifest(out io.Writer, m backup.Manifest) error {
	bytes := int64(0)
	for _, f := range m.Files {
		bytes += f.Bytes
	}
	_, err := fmt.Fprintf(out, "whole: up to commit %d, %d files, %s: %s, made %s by workcell %s\n",
		m.Sequence, len(m.Files), byteSize(bytes), contents(m.Files), m.Created.Format(time.RFC3339), m.Version)
	return err
}
