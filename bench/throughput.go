package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// contestants are the stores that are compared, ours first.
var contestants = []struct {
	name string
	open func(dir string, records int) (store, error)
}{
	{"workcell", openOurs},
	{"fdatasync", openBare},
	{"bbolt", openBolt},
	{"sqlite", openSQLite},
}

// measureThroughput lets the stores take turns, with so many clients each.
func measureThroughput(s settings, f *figures) (err error) {
	stores := make([]store, 0, len(contestants))
	defer func() {
		for _, one := range stores {
			err = errors.Join(err, one.close())
		}
	}()
	for _, c := range contestants {
		one, err := c.open(filepath.Join(s.dir, c.name), s.records)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		stores = append(stores, one)
	}
	for _, clients := range clientCounts {
		rates := make([][]float64, len(stores))
		for round := range s.rounds + 1 {
			for i := range stores {
				i = (i + round) % len(stores)
				rate, err := throughput(stores[i], clients, s)
				if err != nil {
					return fmt.Errorf("%s: %w", contestants[i].name, err)
				}
				if round > 0 { // the first time does not count
					rates[i] = append(rates[i], rate)
				}
			}
		}
		name := tps(clients)
		f.report(name, median(rates[0]), "commits/s", s.rounds)
		for i := 1; i < len(stores); i++ {
			f.report(name+"_vs_"+contestants[i].name, median(ratios(rates[0], rates[i])), "ratio", s.rounds)
		}
	}
	return nil
}

// ratios are those of neighbours.
func ratios(as, bs []float64) []float64 {
	var rs []float64
	for i := range as {
		rs = append(rs, as[i]/bs[i])
	}
	return rs
}

// throughput returns how many transactions a second clients make durable.
func throughput(one store, clients int, s settings) (float64, error) {
	debug.FreeOSMemory() // no debt to the collector from before
	var stop atomic.Bool
	var done atomic.Int64
	failures := make(chan error, clients)
	var group sync.WaitGroup
	began := time.Now()
	for c := range clients {
		w := newWork(uint64(c))
		group.Go(func() {
			for !stop.Load() {
				w.next(s.records)
				if err := one.do(w); err != nil {
					failures <- err
					return
				}
				done.Add(1)
			}
		})
	}
	time.Sleep(s.slice)
	stop.Store(true)
	group.Wait()
	took := time.Since(began)
	select {
	case err := <-failures:
		return 0, err
	default:
		return float64(done.Load()) / took.Seconds(), nil
	}
}
