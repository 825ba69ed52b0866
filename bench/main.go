// Command bench measures the transactional storage against what the disk alone can do and against other embedded stores.
// It is a module of its own, so that the product does not depend on its competitors.
//
//	go -C bench run .          or: make bench-storage
//
// Every store does the same durable transaction: two reads, a scan of up to ten rows, four writes of together about 420
// bytes; clients are goroutines that wait for the disk. The machine is taken to be shared and noisy: the stores run in
// turns, and a ratio is the median of the ratios of neighbours. Each figure is printed as a line of JSON.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

var clientCounts = []int{1, 8, 64, 256}

func tps(clients int) string { return fmt.Sprintf("durable_tps_%d", clients) }

// goal says what a figure should be, and whether it is; "" is for those that are for comparison.
func (x figure) goal() (goal string, met bool) {
	least := func(value float64) (string, bool) { return fmt.Sprintf(">= %g", value), x.Value >= value }
	most := func(value float64) (string, bool) { return fmt.Sprintf("<= %g", value), x.Value <= value }
	switch {
	case x.Name == "txn_allocs":
		return most(0)
	case x.Name == "rss_edge_mib":
		return most(31)
	case x.Name == tps(64)+"_vs_fdatasync":
		return least(0.36)
	case strings.HasSuffix(x.Name, "_vs_bbolt"), strings.HasSuffix(x.Name, "_vs_sqlite"):
		return least(1)
	}
	return "", true
}

// settings are the flags.
type settings struct {
	dir     string
	slice   time.Duration // one turn of one store
	rounds  int           // turns of each
	records int
}

func main() {
	var s settings
	flag.StringVar(&s.dir, "dir", "", "where the stores lie; default: a directory here, which is removed")
	flag.DurationVar(&s.slice, "slice", 1500*time.Millisecond, "one turn of one store")
	flag.IntVar(&s.rounds, "rounds", 5, "turns of each store")
	flag.IntVar(&s.records, "records", 100_000, "records in each store at the beginning")
	edge := flag.Bool("edge", false, "only measure the memory of a small configuration, in this process")
	flag.Parse()
	if err := run(s, *edge); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(s settings, edge bool) error {
	if s.dir == "" {
		dir, err := os.MkdirTemp(".", "data-") // a temporary directory may lie in memory, where syncing costs nothing
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if s.dir, err = filepath.Abs(dir); err != nil {
			return err
		}
	}
	if edge {
		rss, err := edgeMemory(s)
		fmt.Println(rss)
		return err
	}
	f := &figures{}
	for _, measure := range []func(settings, *figures) error{measureThroughput, measureAllocations, measureEdge} {
		if err := measure(s, f); err != nil {
			return err
		}
	}
	return f.table()
}

// figure is a line of the report.
type figure struct {
	Name  string  `json:"figure"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Runs  int     `json:"n"`
}

type figures struct{ taken []figure }

// report adds a figure and prints it.
func (f *figures) report(name string, value float64, unit string, runs int) {
	taken := figure{name, math.Round(value*1e3) / 1e3, unit, runs}
	f.taken = append(f.taken, taken)
	line, _ := json.Marshal(taken) // numbers and texts
	fmt.Println(string(line))
}

// table prints all figures and their goals.
func (f *figures) table() error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nfigure\tvalue\tgoal\t")
	for _, x := range f.taken {
		goal, met := x.goal()
		verdict := ""
		switch {
		case goal != "" && met:
			verdict = "met"
		case goal != "":
			verdict = "MISSED"
		}
		fmt.Fprintf(w, "%s\t%g %s\t%s\t%s\n", x.Name, x.Value, x.Unit, goal, verdict)
	}
	return w.Flush()
}

func median(xs []float64) float64 {
	sorted := slices.Sorted(slices.Values(xs))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}
