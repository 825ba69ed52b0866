// Command wire measures what the socket host costs, in memory and in processor time, against other WebSocket servers for
// Go. Each server runs in a process of its own and echoes; this one is the client. Figures are lines of JSON on standard
// output; what is printed to standard error is for people.
//
//	go -C bench run ./wire       or: make bench-wire
//
// The machine is taken to be shared and noisy: servers are measured in turns, and a figure is the median.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
)

// settings are the flags.
type settings struct {
	idle    int // connections at rest
	idleTLS int
	rounds  int // turns of each server
	calls   int // messages in one turn
}

// figure is one line of output.
type figure struct {
	Name  string  `json:"figure"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	N     int     `json:"n"` // connections or messages it was measured with
}

func main() {
	var s settings
	serve := flag.String("serve", "", "be the server of this name, for the client that started it")
	secure := flag.Bool("tls", false, "with TLS")
	dir := flag.String("dir", "", "directory of the server, if it has one")
	flag.IntVar(&s.idle, "idle", 10_000, "connections at rest")
	flag.IntVar(&s.idleTLS, "idle-tls", 2_000, "connections at rest with TLS")
	flag.IntVar(&s.rounds, "rounds", 3, "turns of each server")
	flag.IntVar(&s.calls, "calls", 100_000, "messages in one turn")
	flag.Parse()
	var err error
	if *serve != "" {
		err = runServer(*serve, *secure, *dir)
	} else {
		err = measure(s, func(f figure) { json.NewEncoder(os.Stdout).Encode(f) })
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measure prints all figures. Those of the product have no suffix.
func measure(s settings, emit func(figure)) error {
	idle := func(name string, secure bool, n int) (heap, rss float64, err error) {
		var heaps, sizes []float64
		for range s.rounds {
			var heap, rss float64
			if name == appliance {
				heap, rss, err = measureSessions(n)
			} else {
				heap, rss, err = measureIdle(name, secure, n)
			}
			if err != nil {
				return 0, 0, err
			}
			heaps, sizes = append(heaps, heap), append(sizes, rss)
		}
		return median(heaps), median(sizes), nil
	}
	for _, name := range servers {
		heap, rss, err := idle(name, false, s.idle)
		if err != nil {
			return err
		}
		emit(figure{"idle_heap_bytes" + suffix(name), heap, "B", s.idle})
		emit(figure{"idle_rss_bytes" + suffix(name), rss, "B", s.idle})
	}
	heap, rss, err := idle(appliance, false, s.idle)
	if err != nil {
		return err
	}
	emit(figure{"idle_heap_bytes_session", heap, "B", s.idle})
	emit(figure{"idle_rss_bytes_session", rss, "B", s.idle})
	for _, name := range secureServers {
		_, rss, err := idle(name, true, s.idleTLS)
		if err != nil {
			return err
		}
		emit(figure{"idle_rss_bytes_tls" + suffix(name), rss, "B", s.idleTLS})
	}
	for _, l := range loads {
		cpu, allocs := map[string][]float64{}, map[string][]float64{}
		for range s.rounds {
			for _, name := range servers {
				c, a, err := measureLoad(name, l, s.calls)
				if err != nil {
					return err
				}
				cpu[name], allocs[name] = append(cpu[name], c), append(allocs[name], a)
			}
		}
		for _, name := range servers {
			emit(figure{"cpu_us_" + l.name + suffix(name), median(cpu[name]), "us", s.calls})
			if l == loads[0] {
				emit(figure{"allocs_per_message" + suffix(name), median(allocs[name]), "allocations", s.calls})
			}
		}
		for _, name := range servers[1:] {
			var ratios []float64 // of neighbours in time
			for i := range cpu[name] {
				ratios = append(ratios, cpu[servers[0]][i]/cpu[name][i])
			}
			emit(figure{"cpu_us_" + l.name + "_vs" + suffix(name), median(ratios), "ratio", s.calls})
		}
	}
	return nil
}

func suffix(server string) string {
	if server == servers[0] {
		return ""
	}
	return "_" + server
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}
