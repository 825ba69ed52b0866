package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"workcell/abi"
	"workcell/host/tryout"
)

// handlerRunOptions are the flags of `handler run`.
type handlerRunOptions struct {
	route, request, requestHex string
	state, user                string
	at                         int64
	asJSON                     bool
}

func newHandlerRunCommand() *cobra.Command {
	var opts handlerRunOptions
	cmd := &cobra.Command{
		Use:   "run FILE.wasm --route ROUTE [--request FILE | --request-hex DIGITS]",
		Short: "Run one call of a handler in the real sandbox, and print what it did",
		Long: "Runs one call on a store in memory: empty, or what --state holds, which is written back if the call ends well.\n" +
			"A request is the bytes of its file; for a message of the protocol it is JSON with the message's fields, and the reply\n" +
			"is printed so. Exit code 1: the handler refused, or trapped.",
		Example: `  printf 'Mended the gate' | workcell handler run handler.wasm --route standup/add --request -`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return opts.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.route, "route", "", "name or number of the route")
	flags.StringVar(&opts.request, "request", "", "file with the request; -: standard input (default: an empty request)")
	flags.StringVar(&opts.requestHex, "request-hex", "", "the request's bytes in hexadecimal digits")
	flags.StringVar(&opts.state, "state", "", "JSON file with what is stored; may be absent")
	flags.StringVar(&opts.user, "user", "", "who asks (UUID; default: nobody)")
	flags.Int64Var(&opts.at, "at", 0, "time of the call in Unix milliseconds (default: now)")
	flags.BoolVar(&opts.asJSON, "json", false, "print JSON")
	cmd.MarkFlagsMutuallyExclusive("request", "request-hex")
	_ = cmd.MarkFlagRequired("route") // it exists
	return cmd
}

// ran is what `handler run` prints as JSON.
type ran struct {
	Handler string `json:"handler"`
	Version string `json:"version"`
	*tryout.Report
	Message json.RawMessage `json:"message,omitempty"` // the reply, if it is a message of the protocol
}

func (o handlerRunOptions) run(cmd *cobra.Command, file string) error {
	ctx, stop := untilSignal()
	defer stop()
	s, err := openTryout(ctx, file)
	if err != nil {
		return err
	}
	defer s.close(ctx)
	route, err := s.Route(o.route)
	if err != nil {
		return err
	}
	request := tryout.Request{Route: route.ID, NowMS: o.at}
	if o.at == 0 {
		request.NowMS = time.Now().UnixMilli()
	}
	if o.user != "" {
		if request.User, err = uuid.Parse(o.user); err != nil {
			return fmt.Errorf("--user %q is no UUID", o.user)
		}
	}
	if request.Payload, err = o.payload(route, cmd.InOrStdin()); err != nil {
		return err
	}
	if err := o.load(s); err != nil {
		return err
	}
	result := ran{Handler: s.module.Manifest().Name, Version: s.module.Manifest().Version, Report: s.Call(ctx, request)}
	if result.Status == "ok" {
		if result.Message, err = decodeReply(route.Reply, result.Reply); err != nil {
			return err
		}
		if err := o.save(s); err != nil {
			return err
		}
	}
	if o.asJSON {
		err = printJSON(cmd.OutOrStdout(), result)
	} else {
		err = printRan(cmd.OutOrStdout(), &result)
	}
	if err == nil && result.Status != "ok" {
		err = fmt.Errorf("the call ended with: %s", result.Status)
	}
	return err
}

// payload returns the bytes of the request.
func (o handlerRunOptions) payload(route abi.Route, stdin io.Reader) ([]byte, error) {
	if o.request == "" {
		payload, err := hex.DecodeString(o.requestHex)
		if err != nil {
			return nil, fmt.Errorf("--request-hex: %w", err)
		}
		return payload, nil
	}
	in := stdin
	if o.request != "-" {
		f, err := os.Open(o.request)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	payload, err := io.ReadAll(io.LimitReader(in, abi.MaxRequestBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the request: %w", err)
	case len(payload) > abi.MaxRequestBytes:
		return nil, fmt.Errorf("the request is longer than %d bytes", abi.MaxRequestBytes)
	}
	return encodeRequest(route.ID, payload)
}

// load fills the store with the state of a file, if there is one.
func (o handlerRunOptions) load(s *tryoutHost) error {
	if o.state == "" {
		return nil
	}
	document, err := os.ReadFile(o.state)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var state tryout.State
	if err := json.Unmarshal(document, &state); err != nil {
		return fmt.Errorf("%s: %w", o.state, err)
	}
	if err := s.SetState(state); err != nil {
		return fmt.Errorf("%s: %w", o.state, err)
	}
	return nil
}

// save writes the state back: into a file beside it first, so that a crash leaves the old one or the new one.
func (o handlerRunOptions) save(s *tryoutHost) error {
	if o.state == "" {
		return nil
	}
	document, err := json.MarshalIndent(s.State(), "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(o.state+".new", append(document, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(o.state+".new", o.state)
}

func printRan(out io.Writer, r *ran) error {
	fmt.Fprintf(out, "%s %s, %s (%d): %s\n", r.Handler, r.Version, r.Name, r.Route, r.Status)
	if r.Refusal != nil {
		fmt.Fprintf(out, "refused  %s %s: %s\n", r.Refusal.Code, r.Refusal.Field, r.Refusal.Message)
	}
	if r.Detail != "" {
		fmt.Fprintf(out, "because  %s\n", r.Detail)
	}
	reply := r.Reply.String()
	if r.Message != nil {
		reply = string(r.Message)
	}
	if reply != "" {
		fmt.Fprintf(out, "reply    %q\n", reply)
	}
	for _, w := range r.Writes {
		if w.Deleted {
			fmt.Fprintf(out, "delete   %s %s\n", w.Set, w.Key)
			continue
		}
		fmt.Fprintf(out, "write    %s %s = %q\n", w.Set, w.Key, w.Value.String())
	}
	for _, e := range r.Events {
		fmt.Fprintf(out, "event    %d to %v: %q\n", e.Route, e.Scopes, e.Payload.String())
	}
	for _, c := range r.Changes {
		fmt.Fprintf(out, "%-8s %s %s\n", c.Kind, c.Scope, c.User)
	}
	for _, l := range r.Log {
		fmt.Fprintf(out, "log      %s %q\n", l.Level, l.Line)
	}
	if r.Stderr != "" {
		fmt.Fprintf(out, "stderr   %q\n", r.Stderr)
	}
	_, err := fmt.Fprintf(out, "fuel     %d units, %d calls of the host, %d bytes scanned\n", r.Fuel, r.HostCalls, r.ScanBytes)
	return err
}
