//go:build linux

package sandbox

import (
	"fmt"
	"slices"
	"time"

	"github.com/tetratelabs/wazero"

	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmasm"
)

// meteredGo compares calls of the same Go guest with metering and without. Both run in clones that are reset after each
// call; the reset is not counted.
func (f *figures) meteredGo(guest []byte) {
	plain := f.loadPlain(guest)
	defer plain.Close(f.Context())
	for _, route := range []struct {
		name string
		id   uint32
	}{{"metered_go_json", routeJSON}, {"metered_go_proto", routeProto}} {
		c := f.newCall(f.module, route.id)
		side := func(m *Module) func() float64 {
			i := f.clone(m, c)
			return func() (sum float64) {
				for range f.count(50) {
					sum += f.handle(m, i, c)
					f.reset(m, i)
				}
				return sum
			}
		}
		ms, ps := pairs(f.count(60), side(f.module), side(plain))
		calls := float64(f.count(50))
		f.report(route.name, median(ratios(ms, ps)), "x", len(ms), "%.1f us plain, %d B request", median(ps)/calls*1e6, len(c.Input))
	}
}

// meteredLoops compares the loops of the suite with metering and without.
func (f *figures) meteredLoops() {
	var all []float64
	var worst float64
	var worstName, each string
	runs := f.count(15)
	for _, p := range wasmasm.Programs() {
		if !slices.Contains(loopSuite, p.Name) {
			continue
		}
		metered, err := meter.Instrument(p.Wasm, meter.Config{})
		f.must(err)
		arg := p.Arg
		if *measure {
			arg = p.Big
		}
		ms, ps := pairs(runs, f.runLoop(metered, arg), f.runLoop(p.Wasm, arg))
		r := median(ratios(ms, ps))
		if all = append(all, r); r > worst {
			worst, worstName = r, p.Name
		}
		each += fmt.Sprintf(" %s %.2f", p.Name, r)
	}
	f.report("metered_loop_suite_median", median(all), "x", runs, "%d programs:%s", len(all), each)
	f.report("metered_worst_loop", worst, "x", runs, "%s", worstName)
}

// runLoop returns a function that runs a program of the suite and returns the seconds it took.
func (f *figures) runLoop(wasm []byte, arg uint64) func() float64 {
	f.Helper()
	compiled, err := f.engine.runtime.CompileModule(f.Context(), wasm)
	f.must(err)
	cfg := wazero.NewModuleConfig().WithName("")
	mod, err := f.engine.runtime.InstantiateModule(f.Context(), compiled, cfg)
	f.must(err)
	run := mod.ExportedFunction("run")
	c := &Call{Until: time.Now().Add(time.Hour), Limits: Limits{HostCalls: 1 << 40}, fuel: maxFuel}
	stack := make([]uint64, 1)
	return func() float64 {
		stack[0] = arg
		start := time.Now()
		err := run.CallWithStack(c, stack)
		took := time.Since(start)
		f.must(err)
		return took.Seconds()
	}
}

// isolation compares calls on pristine instances with calls on an instance that is never reset.
func (f *figures) isolation(guest []byte) {
	c := f.newCall(f.module, routeProto)
	isolated, reused := pairs(f.count(200), f.isolated(f.module, c), f.reused(f.module, c))
	f.report("isolated_go_vs_reuse", median(ratios(isolated, reused)), "x", len(isolated), "%.1f us isolated, %.1f us reused, %d B request",
		median(isolated)*1e6, median(reused)*1e6, len(c.Input))

	again, err := prepare(guest, f.engine.maxPages)
	f.must(err)
	f.module.prepared.data = again.data
	fresh, reused := pairs(f.count(30), func() float64 { return f.fresh(f.module, c) }, f.reused(f.module, c))
	f.report("fresh_go_vs_reuse", median(ratios(fresh, reused)), "x", len(fresh), "%.0f us fresh", median(fresh)*1e6)

	c = f.newCall(f.small, routeProto)
	isolated, reused = pairs(f.count(400), f.isolated(f.small, c), f.reused(f.small, c))
	var extra []float64
	for i := range isolated {
		extra = append(extra, (isolated[i]-reused[i])*1e6)
	}
	f.report("isolated_c_extra_us", median(extra), "us", len(extra), "%.1f us reused", median(reused)*1e6)
}

// batch is how many calls are timed at once.
const batch = 20

// isolated returns a function that calls with a reset after each call, and returns the seconds of one.
func (f *figures) isolated(m *Module, c *Call) func() float64 {
	i := f.clone(m, c)
	return func() float64 {
		start := time.Now()
		for range batch {
			f.handle(m, i, c)
			f.reset(m, i)
		}
		return time.Since(start).Seconds() / batch
	}
}

// reused returns a function that calls without a reset. The collector of a Go guest is off, so that an instance that is
// never reset would use up its memory: it is reset after the batch, which is not counted.
func (f *figures) reused(m *Module, c *Call) func() float64 {
	i := f.clone(m, c)
	return func() float64 {
		start := time.Now()
		for range batch {
			f.handle(m, i, c)
		}
		took := time.Since(start).Seconds() / batch
		f.reset(m, i)
		return took
	}
}

// fresh returns the seconds that a call takes which begins with a new instance and its start-up.
func (f *figures) fresh(m *Module, c *Call) float64 {
	start := time.Now()
	i, err := m.instantiate(nil)
	f.must(err)
	defer i.close()
	f.must(m.fill(i))
	out := m.run(i, c, func() error {
		c.phase = initialising
		for _, name := range []string{exportStart, "_initialize"} {
			if function := i.module.ExportedFunction(name); function != nil {
				if _, err := function.Call(c); err != nil {
					return err
				}
			}
		}
		return nil
	})
	f.must(out.Err)
	c.Reset()
	f.handle(m, i, c)
	return time.Since(start).Seconds()
}
