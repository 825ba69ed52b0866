package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"workcell/host/admin"
	"workcell/host/deploy"
	"workcell/host/sandbox"
	"workcell/storage/catalog"
)

// defaultTrialCalls is how many calls a trial lasts that does not say.
const defaultTrialCalls = 100

func newHandlerPushCommand() *cobra.Command {
	var (
		dir, signature, hash, trial string
		calls                       int
		takeOver, asJSON            bool
	)
	cmd := &cobra.Command{
		Use:   "push FILE",
		Short: "Bring a new version of a handler into service, while clients stay connected",
		Long: "Gives the server of the directory a .wasm file. It is verified, compiled and tested while the version before it goes on;\n" +
			"then new calls go to it, and calls in flight end where they began. What is refused leaves everything as it was.\n\n" +
			"The signature is read from FILE" + deploy.SignatureSuffix + ", if there is one. With --trial the version becomes active only after it has handled\n" +
			"a number of calls well: `share=10` gives it 10 % of the calls, `shadow` runs every call on both versions and keeps what\n" +
			"the old one did; a difference ends the trial.",
		Example: "  workcell handler push board.wasm\n  workcell handler push board.wasm --trial share=10 --calls 500",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := configDir(dir)
			if err != nil {
				return err
			}
			r := deploy.Request{File: filepath.Base(args[0]), Hash: hash, TakeOver: takeOver}
			if r.Wasm, err = readModule(args[0]); err != nil {
				return err
			}
			if r.Signature, err = readSignature(args[0], signature); err != nil {
				return err
			}
			if r.Trial, err = parseTrial(trial, calls); err != nil {
				return err
			}
			started, last, steps := time.Now(), time.Now(), 0
			d, err := admin.PushHandler(cmd.Context(), dir, r, func(d catalog.Deployment) {
				if !asJSON {
					fmt.Fprintf(cmd.ErrOrStderr(), "%-12s %6d ms\n", d.State, time.Since(last).Milliseconds())
				}
				last = time.Now()
				steps++
			})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), d)
			}
			if steps == 0 {
				signed := ""
				if d.Signer != "" {
					signed = ", signed with the key " + d.Signer
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s is %s already, as version %d%s\n", d.Name, d.Version, d.State, d.ID, signed)
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s is %s as version %d, after %d ms\n", d.Name, d.Version, d.State, d.ID, time.Since(started).Milliseconds())
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&dir, "dir", "", dirUsage)
	flags.StringVar(&signature, "signature", "", "file with the signature (default: FILE"+deploy.SignatureSuffix+", if there is one)")
	flags.StringVar(&hash, "hash", "", "SHA-256 that the file must have, in hexadecimal")
	flags.StringVar(&trial, "trial", "", "try it first: share=PERCENT or shadow")
	flags.IntVar(&calls, "calls", defaultTrialCalls, "calls of the trial")
	flags.BoolVar(&takeOver, "take-over", false, "let it take routes of built-in handlers")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// readModule reads a .wasm file.
func readModule(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > sandbox.MaxModuleBytes {
		return nil, fmt.Errorf("%s: %d bytes are more than a handler may have, which is %d: leave out debug information (-ldflags=-w), or split it into several",
			path, info.Size(), sandbox.MaxModuleBytes)
	}
	return os.ReadFile(path)
}

// readSignature reads the signature of a module: the named file, or the one beside the module, which may be missing.
func readSignature(module, path string) ([]byte, error) {
	if path != "" {
		return os.ReadFile(path)
	}
	signature, err := os.ReadFile(module + deploy.SignatureSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return signature, err
}

// parseTrial reads the value of --trial.
func parseTrial(text string, calls int) (*catalog.Trial, error) {
	share, isShare := strings.CutPrefix(text, "share=")
	switch {
	case text == "":
		return nil, nil
	case text == "shadow":
		return &catalog.Trial{Shadow: true, Calls: calls}, nil
	case isShare:
		if percent, err := strconv.Atoi(strings.TrimSuffix(share, "%")); err == nil {
			return &catalog.Trial{Percent: percent, Calls: calls}, nil
		}
	}
	return nil, fmt.Errorf("--trial %q is neither share=PERCENT (such as share=10) nor shadow", text)
}
