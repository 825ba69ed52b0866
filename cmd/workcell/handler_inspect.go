package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"workcell/abi"
	"workcell/host"
	"workcell/host/config"
	"workcell/host/deploy"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
)

// inspection is what can be said about a module without a server.
type inspection struct {
	*deploy.Anatomy
	Manifest *abi.Manifest `json:"manifest,omitempty"` // as far as it came
	Signer   string        `json:"signer,omitempty"`
	Verdict  string        `json:"verdict"` // empty: it would be taken, as far as can be told here
}

func newHandlerInspectCommand() *cobra.Command {
	return inspectCommand("inspect FILE", "Show what a module is made of, and whether a server would take it",
		"Takes a .wasm file apart, compiles it, asks it for its manifest and runs its self test, without a server.", false)
}

func newHandlerVerifyCommand() *cobra.Command {
	return inspectCommand("verify FILE", "Check a module and its signature as the server of a directory would",
		"Checks the signature with handler.trusted_keys of the directory, and all that `inspect` checks, with the limits of its\n"+
			"configuration. What only a running server knows, such as routes of other handlers, it does not.", true)
}

func inspectCommand(use, short, long string, signed bool) *cobra.Command {
	var (
		dir, signature string
		asJSON         bool
	)
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Long:  long,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			loaded := config.Loaded{Config: config.Default()}
			if signed {
				var err error
				if loaded, err = readConfig(dir); err != nil {
					return err
				}
			}
			wasm, err := readModule(args[0])
			if err != nil {
				return err
			}
			found := &inspection{}
			verdict := error(nil)
			if signed {
				verdict = found.checkSignature(loaded, args[0], signature, wasm)
			}
			if verdict == nil {
				verdict = found.examine(cmd.Context(), &loaded.Config, wasm)
			}
			if verdict != nil {
				found.Verdict = verdict.Error()
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), found)
			} else {
				err = found.print(cmd.OutOrStdout())
			}
			if verdict != nil {
				return errors.Join(fmt.Errorf("%s would be refused: %w", args[0], verdict), err)
			}
			return err
		},
	}
	if signed {
		cmd.Flags().StringVar(&dir, "dir", "", dirUsage)
		cmd.Flags().StringVar(&signature, "signature", "", "file with the signature (default: FILE"+deploy.SignatureSuffix+", if there is one)")
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// checkSignature does what a server with this configuration does.
func (i *inspection) checkSignature(loaded config.Loaded, module, path string, wasm []byte) error {
	keys, err := deploy.ParseKeys(loaded.Config.HandlerTrustedKeys, loaded.Dir)
	if err != nil {
		return err
	}
	signature, err := readSignature(module, path)
	if err != nil {
		return err
	}
	i.Signer, err = keys.Verify(wasm, signature)
	return err
}

// examine takes the module apart, and runs of it what runs before its first call.
func (i *inspection) examine(ctx context.Context, c *config.Config, wasm []byte) (err error) {
	functions := hostcall.Functions()
	if i.Anatomy, err = deploy.Examine(wasm, functions, host.MaxPages(c)); err != nil {
		return err
	}
	if err := i.Weigh(wasm); err != nil {
		return err
	}
	engine, err := sandbox.New(ctx, sandbox.Config{Functions: functions, MemoryPages: uint32(host.MaxPages(c)), Kind: c.SandboxEngine, Reset: c.SandboxReset})
	if err != nil {
		return err
	}
	defer engine.Close(context.WithoutCancel(ctx))
	module, err := engine.Load(ctx, wasm)
	if err != nil {
		return err
	}
	i.Manifest = module.Manifest()
	return module.SelfTest(ctx)
}

// print prints what was found for a person. Names come from the module: %q keeps them from acting upon the terminal.
func (i *inspection) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if a := i.Anatomy; a != nil {
		fmt.Fprintf(w, "sha256\t%s\nsize\t%d bytes\n", a.Hash, a.Bytes)
		if a.Functions > 0 {
			fmt.Fprintf(w, "code\t%d functions, %d bytes", a.Functions, a.CodeBytes)
			if a.MeteredBytes > 0 {
				fmt.Fprintf(w, "; metered %d bytes (%.2f times)", a.MeteredBytes, float64(a.MeteredBytes)/float64(a.CodeBytes))
			}
			fmt.Fprintf(w, "\ndata\t%d bytes\nmemory\t%d pages of 64 KiB at the start\n", a.DataBytes, a.MemoryPages)
			fmt.Fprintf(w, "imports\t%q\nexports\t%q\n", a.Imports, a.Exports)
		}
	}
	if m := i.Manifest; m != nil {
		fmt.Fprintf(w, "handler\t%s %q, interface %d\n", m.Name, m.Version, m.ABI)
		for _, set := range m.DataSets {
			fmt.Fprintf(w, "data set\t%s, %s\n", set.Name, set.Access)
		}
		for _, r := range m.Routes {
			fmt.Fprintf(w, "route\t%d %q, %s, reply %d, events %v\n", r.ID, r.Name, r.Kind, r.Reply, r.Events)
		}
	}
	if i.Signer != "" {
		fmt.Fprintf(w, "signed\twith the key %s\n", i.Signer)
	}
	if i.Verdict == "" {
		fmt.Fprintln(w, "verdict\tin order")
	} else {
		fmt.Fprintf(w, "verdict\trefused: %s\n", firstLine(i.Verdict))
	}
	return w.Flush()
}

// firstLine is text up to its first line break.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
