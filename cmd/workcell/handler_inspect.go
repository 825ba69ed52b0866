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
	"workcell/host/admin"
	"workcell/host/config"
	"workcell/host/deploy"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
)

// inspection is what can be said about a module.
type inspection struct {
	*deploy.Anatomy
	Manifest *abi.Manifest `json:"manifest,omitempty"` // as far as it came
	Signer   string        `json:"signer,omitempty"`
	Checked  checker       `json:"checked_by,omitempty"`
	Verdict  string        `json:"verdict"` // empty: it would be taken, as far as can be told by who has checked
}

// checker says who has checked what a server would check.
type checker string

const (
	byServer checker = "server"
	offline  checker = "offline"
)

// checkers are their words for people.
var checkers = map[checker]string{
	byServer: "the server of the directory, where nothing was changed",
	offline:  "this program alone: no server runs in the directory, to say whether it fits beside other handlers and what is stored",
}

func newHandlerInspectCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Show what a module is made of, and whether a server would take it",
		Long:  "Takes a .wasm file apart, compiles it, asks it for its manifest and runs its self test, without a server.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			wasm, err := readModule(args[0])
			if err != nil {
				return err
			}
			defaults := config.Default()
			found := &inspection{}
			return found.report(cmd.OutOrStdout(), args[0], asJSON, found.examine(cmd.Context(), &defaults, wasm))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newHandlerVerifyCommand() *cobra.Command {
	var (
		dir, signature   string
		takeOver, asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Check a module and its signature as the server of a directory would, and change nothing",
		Long: "Asks the server of the directory to do with the module all that `workcell handler push` does before the module gets calls.\n" +
			"Without a server it checks the signature with handler.trusted_keys of the directory, and all that `inspect` checks, with\n" +
			"the limits of its configuration; but not whether the module fits beside other handlers and what is stored.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			loaded, err := readConfig(dir)
			if err != nil {
				return err
			}
			wasm, err := readModule(args[0])
			if err != nil {
				return err
			}
			found := &inspection{}
			r := deploy.Request{Wasm: wasm, TakeOver: takeOver}
			if r.Signature, err = readSignature(args[0], signature); err != nil {
				return err
			}
			verdict, err := found.ask(cmd.Context(), loaded, r)
			if errors.Is(err, admin.ErrNoServer) {
				found.Checked = offline
				if verdict = found.checkSignature(loaded, &r); verdict == nil {
					verdict = found.examine(cmd.Context(), &loaded.Config, wasm)
				}
			} else if err != nil {
				return err
			}
			return found.report(cmd.OutOrStdout(), args[0], asJSON, verdict)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", dirUsage)
	cmd.Flags().StringVar(&signature, "signature", "", "file with the signature (default: FILE"+deploy.SignatureSuffix+", if there is one)")
	cmd.Flags().BoolVar(&takeOver, "take-over", false, "let it take routes of built-in handlers")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// report prints what was found, and makes the error of what would be refused.
func (i *inspection) report(out io.Writer, file string, asJSON bool, verdict error) (err error) {
	if verdict != nil {
		i.Verdict = verdict.Error()
	}
	if asJSON {
		err = printJSON(out, i)
	} else {
		err = i.print(out)
	}
	if verdict != nil {
		return errors.Join(fmt.Errorf("%s would be refused: %w", file, verdict), err)
	}
	return err
}

// ask asks the server of a directory what it would do with a module. The error wraps admin.ErrNoServer if there is none.
func (i *inspection) ask(ctx context.Context, loaded config.Loaded, r deploy.Request) (verdict, err error) {
	verified, err := admin.VerifyHandler(ctx, loaded.Dir, r)
	switch {
	case errors.Is(err, admin.ErrRefused):
		verdict = errors.New(strings.TrimPrefix(err.Error(), admin.ErrRefused.Error()+": "))
	case err != nil:
		return nil, err
	default:
		i.Manifest, i.Signer = verified.Manifest, verified.Signer
	}
	i.Checked = byServer
	if i.Anatomy, err = deploy.Examine(r.Wasm, hostcall.Functions(), host.MaxPages(&loaded.Config)); err == nil {
		_ = i.Weigh(r.Wasm) // for the figures: the server has said what is wrong
	}
	return verdict, nil
}

// checkSignature does what a server with this configuration does.
func (i *inspection) checkSignature(loaded config.Loaded, r *deploy.Request) error {
	keys, err := deploy.ParseKeys(loaded.Config.HandlerTrustedKeys, loaded.Dir)
	if err != nil {
		return err
	}
	i.Signer, err = keys.Verify(r.Wasm, r.Signature)
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
	if i.Checked != "" {
		fmt.Fprintf(w, "checked by\t%s\n", checkers[i.Checked])
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
