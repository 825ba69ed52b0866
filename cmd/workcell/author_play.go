package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"workcell/host/tryout"
)

// scriptFile is played if a test names no other and it lies beside the module.
const scriptFile = "cases.json"

// tried is what a test prints as JSON.
type tried struct {
	Handler string      `json:"handler"`
	Version string      `json:"version"`
	Hash    string      `json:"sha256"`
	Scripts []triedFile `json:"scripts"`
	Passed  int         `json:"passed"`
	Failed  int         `json:"failed"`
}

type triedFile struct {
	File  string           `json:"file"`
	Calls []tryout.Verdict `json:"calls"`
}

func newHandlerTestCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "test FILE.wasm [CASES.json...]",
		Short: "Play calls to a handler in the real sandbox, and compare what they do with what is expected",
		Long: "Loads the module as a server would, which checks it, runs its self test, and plays each file of calls on an empty\n" +
			"store in memory. Without files it plays " + scriptFile + " beside the module, if there is one.\n" +
			"Exit code 1: something is not as expected.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := untilSignal()
			defer stop()
			s, err := openTryout(ctx, args[0])
			if err != nil {
				return err
			}
			defer s.close(ctx)
			if err := s.module.SelfTest(ctx); err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			files := args[1:]
			if beside := filepath.Join(filepath.Dir(args[0]), scriptFile); len(files) == 0 {
				if _, err := os.Stat(beside); err == nil {
					files = []string{beside}
				} else if !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
			manifest := s.module.Manifest()
			result := tried{Handler: manifest.Name, Version: manifest.Version, Hash: s.module.Hash(), Scripts: []triedFile{}}
			for _, file := range files {
				document, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				script, err := tryout.ParseScript(document)
				if err != nil {
					return fmt.Errorf("%s: %w", file, err)
				}
				verdicts, err := s.Play(ctx, script)
				if err != nil {
					return fmt.Errorf("%s: %w", file, err)
				}
				result.add(file, verdicts)
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), result)
			} else {
				err = printTried(cmd.OutOrStdout(), s.title(), &result)
			}
			if err == nil && result.Failed > 0 {
				err = fmt.Errorf("%d of %d calls are not as expected", result.Failed, result.Passed+result.Failed)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (r *tried) add(file string, verdicts []tryout.Verdict) {
	r.Scripts = append(r.Scripts, triedFile{file, verdicts})
	for _, v := range verdicts {
		if len(v.Problems) == 0 {
			r.Passed++
		} else {
			r.Failed++
		}
	}
}

func printTried(out io.Writer, title string, r *tried) error {
	fmt.Fprintf(out, "%s: loads, and finds itself in order\n", title)
	for _, script := range r.Scripts {
		for _, v := range script.Calls {
			mark := "ok  "
			if len(v.Problems) > 0 {
				mark = "FAIL"
			}
			fmt.Fprintf(out, "%s  %s (%s, %d units of fuel)\n", mark, v.Name, v.Report.Name, v.Report.Fuel)
			for _, problem := range v.Problems {
				fmt.Fprintf(out, "      %s\n", strings.ReplaceAll(problem, "\n", "\n      "))
			}
		}
	}
	_, err := fmt.Fprintf(out, "%d passed, %d failed\n", r.Passed, r.Failed)
	return err
}
