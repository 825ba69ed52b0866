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
	"strings"
)

// settings are the flags.
type settings struct {
	idle    int // connections at rest
	idleTLS int
	rounds  int  // turns of each server
	calls   int  // messages in one turn
	session bool // nothing but what a session costs at rest
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
	flag.BoolVar(&s.session, "session", false, "measure nothing but what a session costs at rest")
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
	heap, rss, err := idle(appliance, false, s.idle)
	if err != nil {
		return err
	}
	emit(figure{"idle_heap_bytes_session", heap, "B", s.idle})
	emit(figure{"idle_rss_bytes_session", rss, "B", s.idle})
	if s.session {
		return nil
	}
	for _, name := range servers {
		heap, rss, err := idle(name, false, s.idle)
		if err != nil {
			return err
		}
		emit(figure{"idle_heap_bytes" + suffix(name), heap, "B", s.idle})
		emit(figure{"idle_rss_bytes" + suffix(name), rss, "B", s.idle})
	}
	for _, name := range secureServers {
		_, rss, err := idle(name, true, s.idleTLS)
		if err != nil {
			return err
		}
		emit(figure{"idle_rss_bytes_tls" + suffix(name), rss, "B", s.idleTLS})
	}
	for _, l := range loads {
		if err := compare(s, l, emit); err != nil {
			return err
		}
	}
	return nil
}

// compare prints what the servers cost under one load, and ours against each other one: ratios of neighbours in time.
func compare(s settings, l load, emit func(figure)) error {
	calls := s.calls
	if l.conns == 1 {
		calls /= 4 // there is nobody else meanwhile
	}
	costs := map[string][]cost{}
	for range s.rounds {
		for _, name := range servers {
			c, err := measureLoad(name, l, calls)
			if err != nil {
				return err
			}
			costs[name] = append(costs[name], c)
		}
	}
	for _, kind := range []struct {
		figure, unit string
		of           func(cost) float64
	}{
		{"cpu_us_" + l.name, "us", func(c cost) float64 { return c.cpuUS }},
		{"messages_per_s_" + strings.TrimPrefix(l.name, "per_message_"), "1/s", func(c cost) float64 { return c.perSecond }},
	} {
		for _, name := range servers {
			var values, ratios []float64
			for i, c := range costs[name] {
				values, ratios = append(values, kind.of(c)), append(ratios, kind.of(costs[servers[0]][i])/kind.of(c))
			}
			emit(figure{kind.figure + suffix(name), median(values), kind.unit, calls})
			if name != servers[0] {
				emit(figure{kind.figure + "_vs" + suffix(name), median(ratios), "ratio", calls})
			}
		}
	}
	if l.conns != allocsAt {
		return nil
	}
	for _, name := range servers {
		var values []float64
		for _, c := range costs[name] {
			values = append(values, c.allocs)
		}
		emit(figure{"allocs_per_message" + suffix(name), median(values), "allocations", calls})
	}
	return nil
}

// allocsAt is the number of connections at which allocations are counted.
const allocsAt = 50

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
