//go:build linux

package sandbox

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"workcell/abi"
	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmbin"
)

var measure = flag.Bool("figures", false, "measure the figures of the sandbox in earnest")

// goals are the largest values that the figures should have. A figure without one is for comparison.
var goals = map[string]float64{
	"metered_go_json": 1.15, "metered_go_proto": 1.15, "metered_loop_suite_median": 1.10, "metered_worst_loop": 1.8,
	"isolated_go_vs_reuse": 1.3, "isolated_c_extra_us": 3, "call_allocs": 0, "call_page_faults": 0,
	"clone_us": 500, "clone_private_kib": 256, "rewrite_size": 1.2, "rewrite_compile": 1.25, "deadline_overshoot_ms": 5,
}

// figure is a line of the report.
type figure struct {
	Name  string  `json:"figure"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Runs  int     `json:"n"`
	note  string
}

// figures is one run of all measurements. The machine is taken to be shared and noisy: what is compared runs in turns,
// and a ratio is the median of the ratios of neighbours.
type figures struct {
	testing.TB
	functions []Function
	engine    *Engine
	board     []byte // the largest guest
	module    *Module
	small     *Module // hand-written, as small as a guest in C
	taken     []figure
}

// MeasureFigures measures everything and prints it. build builds the Go guest in a package of this module.
func MeasureFigures(t testing.TB, functions []Function, build func(pkg string) []byte) {
	f := &figures{TB: t, functions: functions}
	f.engine = f.newEngine("")
	f.small = f.load(smallGuest())
	guest := smallGuest()
	f.board, f.module = guest, f.small
	if *measure {
		f.board, guest = build("./guests/handlers/board"), build("./guests/figures/main")
		f.module = f.load(guest)
	}
	f.meteredGo(guest)
	f.meteredLoops()
	f.isolation(guest)
	f.call()
	f.clones()
	f.loading()
	f.deadlines()
	f.collector()
	f.table()
}

// newEngine returns an engine, until the test ends.
func (f *figures) newEngine(cacheDir string) *Engine {
	e, err := New(f.Context(), Config{Functions: f.functions, CacheDir: cacheDir})
	f.must(err)
	f.Cleanup(func() { _ = e.Close(f.Context()) })
	return e
}

func (f *figures) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *figures) load(wasm []byte) *Module {
	f.Helper()
	m, err := f.engine.Load(f.Context(), wasm)
	f.must(err)
	return m
}

// loadPlain is load without metering: what is left of it is a global that nobody uses.
func (f *figures) loadPlain(wasm []byte) *Module {
	f.Helper()
	d, err := wasmbin.Decode(wasm)
	f.must(err)
	p := &prepared{maxPages: f.engine.maxPages}
	f.must(p.limitMemory(d))
	p.hasStart, err = d.TakeStart(exportStart)
	f.must(err)
	globals, err := d.ExportGlobals(exportGlobal)
	f.must(err)
	for _, g := range globals {
		p.globals = append(p.globals, g.Name)
	}
	p.data, err = d.TakeData()
	f.must(err)
	fuel := d.AddGlobal(wasmbin.Global{
		GlobalType: wasmbin.GlobalType{Type: wasmbin.I64, Mutable: true},
		Init:       []byte{byte(wasmbin.OpI64Const), 0, byte(wasmbin.OpEnd)},
	})
	f.must(d.AddExport(meter.GlobalName, wasmbin.KindGlobal, fuel))
	compiled, err := f.engine.runtime.CompileModule(f.Context(), d.Append(nil))
	f.must(err)
	m := &Module{engine: f.engine, runtime: f.engine.runtime, prepared: p, compiled: compiled, maxPages: p.maxPages}
	f.must(m.open(f.Context()))
	return m
}

// count is how often something is done: n times, or twice if nothing is measured.
func (f *figures) count(n int) int {
	if *measure {
		return n
	}
	return 2
}

// newCall returns a call of the guests of this file, with the request they give as an example.
func (f *figures) newCall(m *Module, route uint32) *Call {
	f.Helper()
	c := &Call{Route: route, Identity: &abi.Identity{}, NowMS: 1_700_000_000_000, Until: time.Now().Add(time.Hour)}
	pool := NewPool(m, 1)
	example := routeJSON
	if route != routeJSON {
		example = routeProto
	}
	c.Route = example
	if out := pool.Run(c, time.Hour); out.Status != OK {
		f.Fatalf("%s: %v", out.Status, out.Err)
	}
	f.drain(pool)
	c.Route, c.Input = route, slices.Clone(c.Effects.Reply)
	c.Reset()
	c.Limits = m.limit(c.Limits)
	return c
}

// drain closes the instances of a pool that nobody uses.
func (f *figures) drain(p *Pool) {
	for _, i := range p.idle {
		i.close()
	}
	p.idle = nil
}

// The routes of the guests.
const (
	routeJSON  uint32 = 2000
	routeProto uint32 = 2001
	routeTrap  uint32 = 2002
	routeSpin  uint32 = 2003
)

// handle runs a call in an instance, leaves it as it is then, and returns the seconds it took.
func (f *figures) handle(m *Module, i *instance, c *Call) float64 {
	start := time.Now()
	out := m.handleMessage(i, c)
	took := time.Since(start)
	if out.Status != OK {
		f.Fatalf("%s: %v", out.Status, out.Err)
	}
	c.Reset()
	return took.Seconds()
}

func (f *figures) reset(m *Module, i *instance) {
	if err := i.reset(m.image); err != nil {
		f.Fatal(err)
	}
}

// clone returns an instance that has served a few calls, until the test ends.
func (f *figures) clone(m *Module, c *Call) *instance {
	f.Helper()
	i, err := m.clone()
	f.must(err)
	f.Cleanup(i.close)
	for range f.count(100) {
		f.handle(m, i, c)
		f.reset(m, i)
	}
	return i
}

// pairs does a and b in turns, n times after a first time that does not count, and returns what they returned.
func pairs(n int, a, b func() float64) (as, bs []float64) {
	for r := range n + 1 {
		var x, y float64
		if r%2 == 0 {
			x, y = a(), b()
		} else {
			y, x = b(), a()
		}
		if r > 0 {
			as, bs = append(as, x), append(bs, y)
		}
	}
	return as, bs
}

// ratios are those of neighbours.
func ratios(as, bs []float64) []float64 {
	var rs []float64
	for i := range as {
		rs = append(rs, as[i]/bs[i])
	}
	return rs
}

func median(xs []float64) float64 {
	sorted := slices.Sorted(slices.Values(xs))
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

// seconds is how long f takes, with no debt to the collector from before.
func seconds(f func()) float64 {
	debug.FreeOSMemory()
	start := time.Now()
	f()
	return time.Since(start).Seconds()
}

// report adds a figure and prints it.
func (f *figures) report(name string, value float64, unit string, runs int, note string, args ...any) {
	f.Helper()
	value = math.Round(value*1e4) / 1e4
	taken := figure{name, value, unit, runs, fmt.Sprintf(note, args...)}
	f.taken = append(f.taken, taken)
	if !*measure {
		return
	}
	line, err := json.Marshal(taken)
	f.must(err)
	fmt.Println(string(line))
}

// table prints all figures and their goals.
func (f *figures) table() {
	for name := range goals {
		if !slices.ContainsFunc(f.taken, func(x figure) bool { return x.Name == name }) {
			f.Errorf("%s was not measured", name)
		}
	}
	if !*measure {
		return
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	f.must(err)
	fmt.Printf("\nLinux %s, instances reset by %s\n\n", strings.TrimSpace(string(kernel)), f.engine.ResetMethod())
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "figure\tvalue\tgoal\t\tnote")
	for _, x := range f.taken {
		goal, verdict := "", ""
		if limit, ok := goals[x.Name]; ok {
			goal, verdict = fmt.Sprintf("<= %g", limit), "met"
			if x.Value > limit {
				verdict = "MISSED"
			}
		}
		fmt.Fprintf(w, "%s\t%g %s\t%s\t%s\t%s\n", x.Name, x.Value, x.Unit, goal, verdict, x.note)
	}
	f.must(w.Flush())
}
