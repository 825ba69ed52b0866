package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"workcell/host/admin"
	"workcell/host/load"
)

// figure is one line of the output.
type figure struct {
	Figure string  `json:"figure"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	N      int64   `json:"n"` // requests or deliveries it was made of
}

func newBenchFiguresCommand() *cobra.Command {
	var bench figures
	cmd := &cobra.Command{
		Use:   "figures",
		Short: "Measure a server of its own, on a temporary directory, and print figures as lines of JSON",
		Long: "Starts this program as a server on a temporary directory, with the rate limit out of the way, and measures it\n" +
			"from the same machine: client and server share its processors. Takes about two minutes.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			bench.out = json.NewEncoder(cmd.OutOrStdout())
			return withServer(ctx, cmd.ErrOrStderr(), func(url string) error {
				bench.url = url
				return errors.Join(bench.creates(ctx), bench.others(ctx), bench.fanout(ctx), bench.large(ctx))
			})
		},
	}
	cmd.Flags().DurationVar(&bench.duration, "duration", 5*time.Second, "measured time of each figure")
	return cmd
}

// withServer runs use beside a server on a temporary directory.
func withServer(ctx context.Context, log io.Writer, use func(url string) error) (err error) {
	dir, err := os.MkdirTemp("", "workcell-bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	// The most the settings take: 10 000 requests a second on each connection.
	settings := "[rate_limit]\nmax_requests = 10000\nwindow_secs = 1\n\n[logging]\nlevel = \"warn\"\n"
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(settings), 0o600); err != nil {
		return err
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	server := exec.Command(program, "serve", "--dir", dir, "--port", "0")
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }() // ends with the server, which is waited for below
	defer func() {
		_ = server.Process.Signal(os.Interrupt) // one that has ended is found so by the next line
		err = errors.Join(err, <-ended)
	}()
	starting, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		status, err := admin.GetStatus(starting, dir)
		if err == nil {
			return use("ws://" + status.Address + "/ws")
		}
		select {
		case why := <-ended:
			ended <- why
			return errors.New("the server did not start")
		case <-starting.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-time.After(20 * time.Millisecond): // nothing announces a file that does not exist yet
		}
	}
}

// figures measures and prints.
type figures struct {
	url      string
	duration time.Duration
	out      *json.Encoder
}

func (f *figures) creates(ctx context.Context) error {
	for _, clients := range []int{1, 8, 64, 256} {
		r, err := f.measure(ctx, load.Config{Workload: load.Create, Clients: clients, Projects: 8})
		if err != nil {
			return err
		}
		if err := f.print(fmt.Sprintf("create_per_s_%d", clients), r.PerSecond, "1/s", r.Requests); err != nil {
			return err
		}
		switch clients {
		case 1:
			err = f.print("create_p50_us_1", float64(r.Latency.P50), "us", r.Requests)
		case 64:
			err = f.print("create_p99_us_64", float64(r.Latency.P99), "us", r.Requests)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *figures) others(ctx context.Context) error {
	for _, row := range []struct {
		figure string
		config load.Config
	}{
		{"create_per_s_64_one_project", load.Config{Workload: load.Create, Clients: 64, Projects: 1}},
		{"update_per_s_64", load.Config{Workload: load.Update, Clients: 64, Projects: 8}},
		{"mixed_per_s_64", load.Config{Workload: load.Mixed, Clients: 64, Projects: 8, Items: 20}},
		{"list20_per_s_64", load.Config{Workload: load.Get, Clients: 64, Projects: 8, Items: 20}},
		{"list1000_per_s_64", load.Config{Workload: load.Get, Clients: 64, Projects: 2, Items: 1000}},
	} {
		r, err := f.measure(ctx, row.config)
		if err != nil {
			return err
		}
		if err := f.print(row.figure, r.PerSecond, "1/s", r.Requests); err != nil {
			return err
		}
	}
	return nil
}

// fanout measures how much reaches a thousand subscribers: with commits one upon the other, the same with one in a hundred
// who never reads, and how soon a single commit does.
func (f *figures) fanout(ctx context.Context) error {
	c := load.Config{Workload: load.Broadcast, Clients: 1000, Projects: 1, Pipeline: 16}
	r, err := f.measure(ctx, c)
	if err != nil {
		return err
	}
	if err := f.print("fanout_deliveries_per_s", r.DeliveriesPerSecond, "1/s", r.Deliveries); err != nil {
		return err
	}
	busy := r.Delivery.P99
	c.Clients, c.Deaf = 990, 10
	if r, err = f.measure(ctx, c); err != nil {
		return err
	}
	if err := f.print("fanout_p99_with_deaf_vs_without", float64(r.Delivery.P99)/float64(busy), "ratio", r.Deliveries); err != nil {
		return err
	}
	c.Clients, c.Deaf, c.Pipeline = 1000, 0, 1
	if r, err = f.measure(ctx, c); err != nil {
		return err
	}
	return f.print("fanout_p99_us", float64(r.Delivery.P99), "us", r.Deliveries)
}

// largeProject is how many items the large project has.
const largeProject = 100_000

// large compares creating an item in a large project with creating one in an empty project, by the median of one client.
func (f *figures) large(ctx context.Context) error {
	c := load.Config{Workload: load.Create, Clients: 1, Projects: 1}
	empty, err := f.measure(ctx, c)
	if err != nil {
		return err
	}
	c.Items = largeProject
	full, err := f.measure(ctx, c)
	if err != nil {
		return err
	}
	return f.print("create_100k_vs_empty", float64(full.Latency.P50)/float64(empty.Latency.P50), "ratio", full.Requests)
}

// measure runs a load of which every request must be answered well.
func (f *figures) measure(ctx context.Context, c load.Config) (*load.Result, error) {
	c.URL, c.Patience, c.Duration, c.Warmup = f.url, time.Minute, f.duration, f.duration/5
	c.Pipeline = max(c.Pipeline, 1)
	r, err := load.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	if r.ErrorCount() > 0 || r.Latency == nil {
		return nil, fmt.Errorf("%s with %d clients: %d answered, errors %v", c.Workload, c.Clients, r.Requests, r.Errors)
	}
	return r, nil
}

func (f *figures) print(name string, value float64, unit string, n int64) error {
	return f.out.Encode(figure{name, math.Round(value*1000) / 1000, unit, n})
}
