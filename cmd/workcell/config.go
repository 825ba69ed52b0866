package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"workcell/host"
	"workcell/host/config"
)

func newConfigCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check or show the configuration",
		Long: "Works on the configuration a server in that directory would start with: config.toml, then PM_* environment\n" +
			"variables. Flags of `serve` are not known here.",
		Args: cobra.NoArgs,
	}
	cmd.AddCommand(newConfigCheckCommand(), newConfigShowCommand())
	return cmd
}

func newConfigCheckCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Report every problem of the configuration, unknown keys and unreadable files included",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := readConfig(dir)
			for _, warning := range loaded.Warnings {
				fmt.Fprintln(cmd.ErrOrStderr(), warning)
			}
			if err == nil {
				err = host.CheckFiles(loaded)
			}
			if unknown := unknownSettings(loaded); len(unknown) > 0 {
				err = errors.Join(err, errors.New(strings.Join(unknown, "\n")))
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "the configuration in %s is in order\n", loaded.Dir)
			return err
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", dirUsage)
	return cmd
}

func newConfigShowCommand() *cobra.Command {
	var (
		dir    string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print the effective settings and where they come from, without secrets",
		Long:  "Prints a config.toml with every setting; what it prints can be saved as one. A setting with a problem shows its default.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, err := readConfig(dir)
			if _, usable := errors.AsType[config.Problems](err); err != nil && !usable {
				return err
			}
			return errors.Join(err, showConfig(cmd.OutOrStdout(), loaded, asJSON))
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", dirUsage)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func showConfig(out io.Writer, loaded config.Loaded, asJSON bool) error {
	if !asJSON {
		return loaded.Show(out)
	}
	return printJSON(out, struct {
		Directory string           `json:"directory"`
		Settings  []config.Setting `json:"settings"`
	}{loaded.Dir, loaded.Settings()})
}

// readConfig reads the configuration of a directory, which need not exist.
func readConfig(dir string) (config.Loaded, error) {
	dir, err := configDir(dir)
	if err != nil {
		return config.Loaded{}, err
	}
	return config.Load(dir, os.LookupEnv, nil)
}

// unknownSettings returns a line for each key of the file and each variable that nobody reads.
func unknownSettings(loaded config.Loaded) []string {
	return slices.Concat(loaded.Unknown, config.UnknownVariables(os.Environ()))
}
