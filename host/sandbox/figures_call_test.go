//go:build linux

package sandbox

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// call measures what a whole run of a pool takes besides time, and what a trap costs: a panic of the guest, its last
// words included.
func (f *figures) call() {
	pool := NewPool(f.module, 1)
	defer f.drain(pool)
	c := f.newCall(f.module, routeProto)
	run := func() {
		if out := pool.Run(c, time.Hour); out.Status != OK {
			f.Fatalf("%s: %v", out.Status, out.Err)
		}
		c.Reset()
	}
	for range f.count(200) {
		run()
	}
	runs := f.count(5000)
	f.report("call_allocs", testing.AllocsPerRun(runs, run), "allocations", runs, "of a whole Pool.Run")
	f.faults(run)

	trap := f.newCall(f.module, routeTrap)
	trapped, usual := pairs(f.count(100), func() float64 {
		start := time.Now()
		out := pool.Run(trap, time.Hour)
		took := time.Since(start)
		if out.Status != Trapped {
			f.Fatalf("%s: %v", out.Status, out.Err)
		}
		trap.Reset()
		return took.Seconds()
	}, func() float64 {
		start := time.Now()
		run()
		return time.Since(start).Seconds()
	})
	f.report("trap_recovery_vs_call", median(ratios(trapped, usual)), "x", len(trapped), "%.0f us trapped, %.1f us usual",
		median(trapped)*1e6, median(usual)*1e6)
}

// faults measures the page faults of a call, as the median of several rounds: the rest of the process has some too.
func (f *figures) faults(run func()) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // faults of the collector are not the call's
	calls := f.count(2000)
	var rounds []float64
	var all int64
	for range f.count(5) {
		before := f.minorFaults()
		for range calls {
			run()
		}
		n := f.minorFaults() - before
		rounds = append(rounds, float64(n)/float64(calls))
		all += n
	}
	f.report("call_page_faults", median(rounds), "faults", len(rounds), "%d in all, in %d rounds of %d calls", all, len(rounds), calls)
}

// minorFaults returns how many page faults this process had that needed no disk.
func (f *figures) minorFaults() int64 {
	var usage unix.Rusage
	f.must(unix.Getrusage(unix.RUSAGE_SELF, &usage))
	return usage.Minflt
}

// clones measures what it takes to make an instance, and what memory it then has for itself.
func (f *figures) clones() {
	c := f.newCall(f.module, routeProto)
	n := f.count(64)
	var all []*instance
	var took []float64
	before, heapBefore := f.privateKiB(), heapKiB()
	for range n {
		start := time.Now()
		i, err := f.module.clone()
		took = append(took, time.Since(start).Seconds()*1e6)
		f.must(err)
		f.handle(f.module, i, c)
		f.reset(f.module, i)
		all = append(all, i)
	}
	each := float64(f.privateKiB()-before) / float64(n)
	heap := (heapKiB() - heapBefore) / float64(n)
	for _, i := range all {
		i.close()
	}
	f.report("clone_us", median(took), "us", n, "largest %.0f us", slices.Max(took))
	f.report("clone_private_kib", each, "KiB", n, "after a call each; page tables included, and %.0f KiB of the engine's on the heap", heap)
}

// heapKiB returns how much is on the heap. It is for right after a collection.
func heapKiB() float64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.HeapAlloc) / 1024
}

// privateKiB returns the memory that this process has for itself, its page tables included.
func (f *figures) privateKiB() int {
	debug.FreeOSMemory()
	return f.procKiB("/proc/self/smaps_rollup", "Anonymous:") + f.procKiB("/proc/self/status", "VmPTE:")
}

func (f *figures) procKiB(path, field string) int {
	text, err := os.ReadFile(path)
	f.must(err)
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == field {
			n, err := strconv.Atoi(words[1])
			f.must(err)
			return n
		}
	}
	f.Fatalf("%s: no line %s", path, field)
	return 0
}

// loading measures what becomes of the largest guest on its way in.
func (f *figures) loading() {
	rewritten, err := prepare(f.board, f.engine.maxPages)
	f.must(err)
	before, after := len(f.board), len(rewritten.wasm)
	for _, s := range rewritten.data {
		after += len(s.Bytes)
	}
	f.report("rewrite_size", float64(after)/float64(before), "x", 1, "%d B became %d B, %d B of them data", before, after, after-len(rewritten.wasm))

	runs := f.count(5)
	var took []float64
	for range runs {
		took = append(took, seconds(func() { _, err = prepare(f.board, f.engine.maxPages) })*1e3)
		f.must(err)
	}
	f.report("rewrite_ms", median(took), "ms", runs, "")

	rs, ps := pairs(f.count(4), f.compile(rewritten.wasm), f.compile(f.board))
	f.report("rewrite_compile", median(ratios(rs, ps)), "x", len(rs), "%.0f ms plain", median(ps)*1e3)

	var cold, warm []float64
	for n := range f.count(3) {
		dir := filepath.Join(f.TempDir(), strconv.Itoa(n))
		cold = append(cold, f.loadInto(dir))
		warm = append(warm, f.loadInto(dir))
	}
	f.report("load_cold_ms", median(cold), "ms", len(cold), "rewrite, compile, take the image")
	f.report("load_warm_ms", median(warm), "ms", len(warm), "machine code from the cache")
}

// compile returns a function that compiles a module and returns the seconds it took.
func (f *figures) compile(wasm []byte) func() float64 {
	engine := f.newEngine("")
	return func() float64 {
		return seconds(func() {
			compiled, err := engine.runtime.CompileModule(f.Context(), wasm)
			f.must(err)
			f.must(compiled.Close(f.Context()))
		})
	}
}

// loadInto loads the largest guest with a cache of machine code, and returns the milliseconds it took.
func (f *figures) loadInto(dir string) float64 {
	engine, err := New(f.Context(), Config{Functions: f.functions, CacheDir: dir})
	f.must(err)
	var m *Module
	took := seconds(func() { m, err = engine.Load(f.Context(), f.board) })
	f.must(err)
	f.must(m.Close(f.Context()))
	f.must(engine.Close(f.Context()))
	return took * 1e3
}

// deadlines measures how much longer than it may a guest that never returns runs.
func (f *figures) deadlines() {
	pool := NewPool(f.module, 1)
	defer f.drain(pool)
	over := func(limit time.Duration, runs int) (ms []float64) {
		c := f.newCall(f.module, routeSpin)
		c.Fuel = maxFuel
		for range runs {
			start := time.Now()
			out := pool.Run(c, limit)
			ms = append(ms, float64(time.Since(start)-limit)/1e6)
			if out.Status != TimedOut {
				f.Fatalf("%s: %v", out.Status, out.Err)
			}
			c.Reset()
		}
		return ms
	}
	short, long := 20*time.Millisecond, 250*time.Millisecond
	if !*measure {
		short, long = time.Millisecond, time.Millisecond
	}
	a, b := over(short, f.count(100)), over(long, f.count(12))
	f.report("deadline_overshoot_ms", max(slices.Max(a), slices.Max(b)), "ms", len(a)+len(b),
		"the largest; %v: median %.2f, largest %.2f; %v: median %.2f, largest %.2f", short, median(a), slices.Max(a), long, median(b), slices.Max(b))
}

// collector compares how long a collection takes beside guests that spin on every processor with how long it takes beside
// such loops in Go. Most of it is waiting for a turn on a processor, in either case; the note says how long all stood still.
func (f *figures) collector() {
	spinners := runtime.GOMAXPROCS(0)
	pool := NewPool(f.module, spinners)
	defer f.drain(pool)
	beside := func(stops *[]float64, spin func(ctx context.Context)) float64 {
		ctx, cancel := context.WithCancel(f.Context())
		var all sync.WaitGroup // ended by cancel, and waited for here
		for range spinners {
			all.Go(func() { spin(ctx) })
		}
		time.Sleep(time.Duration(f.count(20)) * time.Millisecond) // until all spin
		start := time.Now()
		collections := max(1, f.count(10)/2)
		for range collections {
			runtime.GC()
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			*stops = append(*stops, float64(stats.PauseNs[(stats.NumGC+255)%256])/1e6)
		}
		took := time.Since(start).Seconds() * 1e3 / float64(collections)
		cancel()
		all.Wait()
		return took
	}
	call := f.newCall(f.module, routeSpin)
	var guestStops, loopStops []float64
	guests, loops := pairs(max(1, f.count(12)/2), func() float64 {
		return beside(&guestStops, func(ctx context.Context) {
			c := &Call{Route: routeSpin, Input: call.Input, Until: call.Until, Cancel: ctx, Fuel: maxFuel}
			if out := pool.Run(c, time.Hour); out.Status != Canceled {
				f.Errorf("%s: %v", out.Status, out.Err)
			}
		})
	}, func() float64 { return beside(&loopStops, spinInGo) })
	f.report("gc_pause_vs_go_loop", median(ratios(guests, loops)), "x", len(guests),
		"%.0f ms beside %d guests, %.0f ms beside Go; all stood still for %.2f ms, %.2f ms", median(guests), spinners, median(loops),
		median(guestStops), median(loopStops))
}

// spinInGo is a loop without calls, but for a look at ctx every now and then.
func spinInGo(ctx context.Context) {
	x := uint64(1)
	for ctx.Err() == nil {
		for range 1_000_000 {
			x ^= x << 13
			x ^= x >> 7
		}
	}
	runtime.KeepAlive(x)
}
