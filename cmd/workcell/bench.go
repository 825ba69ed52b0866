package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"workcell/host/load"
)

// benchOptions are the flags of the bench verb.
type benchOptions struct {
	server serverOptions
	config load.Config
	asJSON bool
}

func newBenchCommand() *cobra.Command {
	var opts benchOptions
	cmd := &cobra.Command{
		Use:   "bench WORKLOAD",
		Short: "Put a running server under load and measure it",
		Long: `Put a running server under load, as its clients see it: connections that send one request after the other.

  create     each request creates a work item, with a title of 40 and a description of 200 bytes
  update     each place of a connection updates an item of its own
  get        each request lists a project; --items says how long it is
  mixed      of ten requests six list a project, three update an item, one creates one elsewhere
  broadcast  one writer creates items, all --clients subscribe: from the first sight of a commit to each delivery
  idle       connections that say nothing

It creates projects of its own, and leaves them: use a server for tests. A server counts requests of a connection
(rate_limit.*) and refuses those that are too many; refusals are counted as errors, under their code.

A client sends its next request when a place of its --pipeline is free (a closed loop), so while the server is slow it
is asked less. Percentiles therefore leave out the wait of requests that were not sent; throughput is not affected.`,
		Example: `  workcell bench create --clients 64 --duration 10s
  workcell bench get --items 1000 --decode --clients 16
  workcell bench broadcast --clients 1000 --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.config.Workload = load.Workload(args[0])
			return opts.run(cmd)
		},
	}
	flags := cmd.Flags()
	opts.server.addTo(flags, "server to measure")
	flags.StringVar(&opts.config.User, "user", "", "who all clients are (UUID), on a server without tokens (default: somebody new)")
	flags.StringVar(&opts.config.Token, "token", "", "token to show to the server")
	flags.IntVar(&opts.config.Clients, "clients", 64, "connections; for broadcast, subscribers")
	flags.IntVar(&opts.config.Deaf, "deaf", 0, "for broadcast, subscribers on top who never read")
	flags.IntVar(&opts.config.Projects, "projects", 8, "projects that the clients share")
	flags.IntVar(&opts.config.Items, "items", 20, "items in each project at the start")
	flags.IntVar(&opts.config.Pipeline, "pipeline", 1, "requests under way on one connection; for broadcast, commits under way to the subscribers")
	flags.DurationVar(&opts.config.Warmup, "warmup", time.Second, "load before the measured time")
	flags.DurationVar(&opts.config.Duration, "duration", 5*time.Second, "measured time")
	flags.IntVar(&opts.config.Requests, "requests", 0, "requests of each connection, instead of --warmup and --duration")
	flags.BoolVar(&opts.config.Decode, "decode", false, "decode lists whole, as clients do, instead of looking at their envelopes only")
	flags.DurationVar(&opts.config.Patience, "timeout", 30*time.Second, "longest wait for a connection, and for the last replies")
	flags.BoolVar(&opts.asJSON, "json", false, "print JSON")
	cmd.AddCommand(newBenchFiguresCommand())
	return cmd
}

func (o benchOptions) run(cmd *cobra.Command) error {
	var err error
	if o.config.URL, o.config.TLS, err = o.server.find(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	result, err := load.Run(ctx, o.config)
	if err != nil {
		return err
	}
	if o.asJSON {
		return printJSON(cmd.OutOrStdout(), result)
	}
	return printLoad(cmd.OutOrStdout(), result)
}

// printLoad prints a result for people.
func printLoad(out io.Writer, r *load.Result) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "workload\t%s, %d clients, %d projects of %d items, %d under way on each connection\n", r.Workload, r.Clients, r.Projects, r.Items, r.Pipeline)
	if r.Requests > 0 {
		fmt.Fprintf(w, "answered\t%d in %.2f s: %.1f per second\n", r.Requests, r.Seconds, r.PerSecond)
	}
	if r.Deliveries > 0 {
		fmt.Fprintf(w, "delivered\t%d: %.1f per second\n", r.Deliveries, r.DeliveriesPerSecond)
	}
	fmt.Fprintf(w, "received\t%s, %d events among it\n", byteSize(r.Bytes), r.Events)
	fmt.Fprintf(w, "errors\t%d\n", r.ErrorCount())
	for _, code := range slices.Sorted(maps.Keys(r.Errors)) {
		fmt.Fprintf(w, "  %s\t%d\n", code, r.Errors[code])
	}
	fmt.Fprintln(w, "\nlatency\tp50\tp90\tp99\tp99.9\tmax\tnumber")
	for _, row := range []struct {
		what string
		l    *load.Latency
	}{{"reply", r.Latency}, {"delivery", r.Delivery}, {"connecting", r.Connecting}} {
		if row.l != nil {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\n", row.what,
				micros(row.l.P50), micros(row.l.P90), micros(row.l.P99), micros(row.l.P999), micros(row.l.Max), row.l.N)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out, "\nThe loop is closed: percentiles leave out the wait of requests that were not sent while the server was slow.")
	return err
}

// micros is a number of microseconds for people.
func micros(n int64) string { return (time.Duration(n) * time.Microsecond).String() }
