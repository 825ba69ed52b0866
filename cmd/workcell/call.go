package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"workcell/host/client"
	"workcell/host/client/pmpb"
)

// callMaxInput bounds a request read from standard input; no server takes a longer message.
const callMaxInput = 64 << 20

// callOptions are the flags of the call verb.
type callOptions struct {
	server    serverOptions
	user      string
	token     string
	timeout   time.Duration
	subscribe []string
}

func newCallCommand() *cobra.Command {
	var opts callOptions
	cmd := &cobra.Command{
		Use:   "call [REQUEST-JSON | -]",
		Short: "Send one request to a running server, or print its events",
		Long: `Send one request to a running server and print the reply as JSON. "-" reads the request from standard input.

A request is a JSON object with one payload in protobuf's JSON form; names may be written in snake_case or camelCase.
message_id and timestamp may stand beside it and are filled in otherwise. Repeating a request with the same message_id
is safe: the server then answers again instead of acting again. Fields of type bytes are written in base64.

With --subscribe, events of the projects are printed as they come until the command is interrupted; a request, if there
is one, is sent after the subscription. Every message, the reply included, is then one line.

Who acts: a server without tokens believes --user, a UUID or any name, and takes a client without it for its
auth.desktop_user_id. One that asks for tokens (auth.enabled) takes the user from --token, which ` + "`workcell token`" + `
makes; there --user may be left out, and is refused if it names somebody else.

The exit code is 1 when the reply is an Error; it is printed like any other reply.

Requests:` + wrapNames(client.Requests()),
		Example: `  workcell call '{"create_project_request":{"title":"Garden","key":"GDN"}}'
  workcell call '{"ping":{}}' --url ws://127.0.0.1:8080/ws
  workcell call --subscribe 11111111-1111-4111-8111-111111111111`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.run(cmd, args)
		},
	}
	flags := cmd.Flags()
	opts.server.addTo(flags, "server to call")
	flags.StringVar(&opts.user, "user", "", "act as this user, on a server that asks for no tokens (default: the server's auth.desktop_user_id)")
	flags.StringVar(&opts.token, "token", "", "token to show to a server that asks for one (auth.enabled); it says who the user is")
	flags.DurationVar(&opts.timeout, "timeout", 30*time.Second, "longest wait for connection, subscription and reply")
	flags.StringArrayVar(&opts.subscribe, "subscribe", nil, "print the events of this project (UUID); may be repeated")
	return cmd
}

// wrapNames puts names into indented lines that fit a terminal.
func wrapNames(names []string) string {
	const indent, width = "  ", 100
	var b strings.Builder
	column := 0
	for i, name := range names {
		if i < len(names)-1 {
			name += ","
		}
		if column == 0 || column+1+len(name) > width {
			b.WriteString("\n" + indent + name)
			column = len(indent) + len(name)
			continue
		}
		b.WriteString(" " + name)
		column += 1 + len(name)
	}
	return b.String()
}

func (o callOptions) run(cmd *cobra.Command, args []string) error {
	if o.timeout <= 0 {
		return fmt.Errorf("--timeout is %v and must be longer than nothing", o.timeout)
	}
	if len(args) == 0 && len(o.subscribe) == 0 {
		return fmt.Errorf("nothing to do: give a request, or - to read one, or --subscribe; an example: workcell call '%s'",
			client.ExampleJSON)
	}
	// The server acknowledges an id that is no UUID and never sends anything for it.
	for _, project := range o.subscribe {
		if err := uuid.Validate(project); err != nil {
			return fmt.Errorf("--subscribe %q is no project id; list_projects_request shows the ids", project)
		}
	}
	var request *pmpb.WebSocketMessage
	if len(args) == 1 {
		text, err := requestText(args[0], cmd.InOrStdin())
		if err != nil {
			return err
		}
		if request, err = client.ParseJSON(text); err != nil {
			return err
		}
	}
	address, trust, err := o.server.find()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return o.call(ctx, address, client.Options{User: o.user, Token: o.token, TLS: trust}, request, cmd.OutOrStdout())
}

// requestText returns the request that argument is or, for "-", that stdin holds.
func requestText(argument string, stdin io.Reader) ([]byte, error) {
	if argument != "-" {
		return []byte(argument), nil
	}
	text, err := io.ReadAll(io.LimitReader(stdin, callMaxInput+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the request: %w", err)
	case len(text) > callMaxInput:
		return nil, fmt.Errorf("the request on standard input is longer than %d bytes", callMaxInput)
	case len(bytes.TrimSpace(text)) == 0:
		return nil, fmt.Errorf("standard input holds no request; an example: %s", client.ExampleJSON)
	}
	return text, nil
}

// call does the work on one connection. Its errors may be a *client.ReplyError, after the reply was printed.
func (o callOptions) call(ctx context.Context, address string, who client.Options, request *pmpb.WebSocketMessage, out io.Writer) error {
	waiting, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	connection, err := client.Dial(waiting, address, who)
	if err != nil {
		return o.patience(ctx, o.server.explain(err))
	}
	// A reply that was received is not made worse by a connection that ends badly.
	defer func() { _ = connection.Close() }()
	indent := "  "
	if len(o.subscribe) > 0 {
		indent = ""
		if err := connection.Subscribe(waiting, o.subscribe...); err != nil {
			return fmt.Errorf("subscribe: %w", o.patience(ctx, err))
		}
	}
	if request != nil {
		reply, err := connection.Do(waiting, request)
		if err != nil {
			return o.patience(ctx, err)
		}
		// Events of a subscription that came before the reply are printed before it.
		if len(o.subscribe) > 0 {
			for _, event := range connection.TakeEvents() {
				if err := printMessage(out, event, indent); err != nil {
					return err
				}
			}
		}
		if err := printMessage(out, reply, indent); err != nil {
			return err
		}
		if err := client.Result(reply); err != nil {
			return err
		}
	}
	if len(o.subscribe) == 0 {
		return nil
	}
	for {
		event, err := connection.NextEvent(ctx)
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return nil // interrupted, which is how this ends
		}
		if err != nil {
			return err
		}
		if err := printMessage(out, event, indent); err != nil {
			return err
		}
	}
}

// patience rewords the two ways in which a wait ends early: an interruption, and --timeout.
func (o callOptions) patience(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("interrupted: %w", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w after %v; --timeout allows more", err, o.timeout)
	}
	return err
}

func printMessage(out io.Writer, message *pmpb.WebSocketMessage, indent string) error {
	text, err := client.FormatJSON(message, indent)
	if err != nil {
		return err
	}
	if _, err := out.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("print the reply: %w", err)
	}
	return nil
}
