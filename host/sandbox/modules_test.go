package sandbox_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"workcell/abi"
	"workcell/host/sandbox"
)

// More opcodes.
const (
	opMemorySize = 0x3f
	opTableGet   = 0x25
	opTableSet   = 0x26
	opI64Const   = 0x42
	opRefNull    = 0xd0
	opPrefix     = 0xfc // what stands behind is one of these:
	opDataDrop   = 9
	opMemoryFill = 11
	opTableInit  = 12
	opElemDrop   = 13
	opTableCopy  = 14
	opTableGrow  = 15
	opTableFill  = 17
)

// Types that are no parameters of host functions.
const (
	v128      = 0x7b
	funcref   = 0x70
	externref = 0x6f
)

// Sections.
const (
	sectionImport    = 2
	sectionTable     = 4
	sectionMemory    = 5
	sectionGlobal    = 6
	sectionExport    = 7
	sectionElement   = 9
	sectionData      = 11
	sectionDataCount = 12
)

// order is how sections follow each other.
var order = []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, sectionDataCount, 10, sectionData}

// splice returns module with the content of a section put in place of what it was, or added.
func splice(module []byte, id byte, content []byte) []byte {
	out := slices.Clone(module[:8])
	placed := false
	for rest := module[8:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		this := rest[:1+n+int(size)]
		if !placed && slices.Index(order, this[0]) >= slices.Index(order, id) {
			out, placed = append(out, section(id, content)...), true
		}
		if this[0] != id {
			out = append(out, this...)
		}
		rest = rest[len(this):]
	}
	if !placed {
		out = append(out, section(id, content)...)
	}
	return out
}

// A neighbour is a good handler in the engine that a hostile module is brought to.
type neighbour struct {
	engine *sandbox.Engine
	pool   *sandbox.Pool
}

func newNeighbour(t testing.TB) *neighbour {
	t.Helper()
	e := newEngine(t)
	return &neighbour{e, sandbox.NewPool(load(t, e, tiny(i32(0)).bytes()), 1)}
}

// answers asserts that the neighbour is well.
func (n *neighbour) answers(t testing.TB) {
	t.Helper()
	wants(t, n.pool, newCall(2000, ""), sandbox.OK, "")
}

// wantsRefused asserts that a module is refused in few words, with wanted ones among them.
func (n *neighbour) wantsRefused(t testing.TB, ctx context.Context, module []byte, wanted ...string) {
	t.Helper()
	m, err := n.engine.Load(ctx, module)
	if m != nil || !errors.Is(err, sandbox.ErrModule) {
		t.Fatalf("loads with %v, want an ErrModule", err)
	}
	for _, w := range wanted {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("refused with %.500q, want %q in it", err, w)
		}
	}
	if n := len(err.Error()); n > maxErrorBytes {
		t.Errorf("refused in %d bytes, want at most %d: %.500q", n, maxErrorBytes, err)
	}
	n.answers(t)
}

// maxErrorBytes is the longest error of a module that is refused.
const maxErrorBytes = 16 << 10

// sample is what most hostile modules do wrong: it is followed by a call that shows that the instance is good again. The
// code runs if the request is longer than a byte; otherwise the handler returns 0 if its memory has its first size.
func sample(misbehave []byte, functions ...wasmFunction) *wasm {
	w := tiny(code(
		opLocalGet, 1, i32(1), opI32GtU, opIf, blockVoid, misbehave, opEnd,
		opMemorySize, 0, i32(1), opI32Sub,
	))
	w.functions = append(w.functions, functions...)
	return w
}

const (
	opI32GtU = 0x4b
	opI32Sub = 0x6b
)

func TestHostileModulesCostTheirOwnCall(t *testing.T) {
	const budget = 20_000_000
	n := newNeighbour(t)
	for _, test := range []struct {
		name   string
		module *wasm
		status sandbox.Status
		reason sandbox.Reason
	}{
		{"an infinite loop", sample(spin), sandbox.OutOfFuel, ""},
		{"a loop that is not a loop but calls", sample(code(opLoop, blockVoid, opCall, 4, opBranch, 0, opEnd), wasmFunction{}), sandbox.OutOfFuel, ""},
		{
			"mutual recursion",
			sample(code(opCall, 4), wasmFunction{code: code(opCall, 5)}, wasmFunction{code: code(opCall, 4)}),
			sandbox.Trapped, sandbox.ReasonStackOverflow,
		},
		{"memory page by page", sample(code(opLoop, blockVoid, i32(1), opMemoryGrow, 0, opDrop, opBranch, 0, opEnd)), sandbox.OutOfFuel, ""},
		{"all memory there could be", sample(code(opLoop, blockVoid, i32(1<<32-1), opMemoryGrow, 0, opDrop, opBranch, 0, opEnd)), sandbox.OutOfFuel, ""},
		{
			"all memory there is, filled again and again",
			sample(code(i32(1023), opMemoryGrow, 0, opDrop, opLoop, blockVoid, i32(0), i32(1), i32(1<<26), opPrefix, opMemoryFill, 0, opBranch, 0, opEnd)),
			sandbox.OutOfFuel, "",
		},
		{"more than its memory, filled", sample(code(i32(0), i32(1), i32(1<<16+1), opPrefix, opMemoryFill, 0)), sandbox.Trapped, sandbox.ReasonBounds},
		{"a trap behind grown memory", sample(code(i32(500), opMemoryGrow, 0, opDrop, opUnreachable)), sandbox.Trapped, sandbox.ReasonUnreachable},
	} {
		t.Run(test.name, func(t *testing.T) {
			pool := sandbox.NewPool(load(t, n.engine, test.module.bytes()), 1)
			for range 3 {
				c := newCall(2000, "misbehave")
				c.Fuel = budget
				out := wants(t, pool, c, test.status, test.reason)
				if test.status == sandbox.OutOfFuel && out.Fuel < budget {
					t.Errorf("%d units of %d were used", out.Fuel, budget)
				}
				wants(t, pool, newCall(2000, ""), sandbox.OK, "") // the same module, as if nothing had been
				n.answers(t)
			}
		})
	}
}

// A stack that overflowed is large, and is given back: with the instance, of which nothing is used again.
func TestStackOverflowsLeaveNothingBehind(t *testing.T) {
	const rounds, heapSlack, residentSlack = 20, 8 << 20, 48 << 20
	pool := sandbox.NewPool(load(t, newEngine(t),
		sample(code(opCall, 4), wasmFunction{code: code(opCall, 5)}, wasmFunction{code: code(opCall, 4)}).bytes()), 1)
	round := func() {
		wants(t, pool, newCall(2000, "misbehave"), sandbox.Trapped, sandbox.ReasonStackOverflow)
		wants(t, pool, newCall(2000, ""), sandbox.OK, "")
	}
	round()
	goroutines, heapBefore, residentBefore := runtime.NumGoroutine(), heap(), resident(t)
	for range rounds {
		round()
	}
	if after := heap(); after > heapBefore+heapSlack {
		t.Errorf("%d KiB of heap after %d stack overflows, %d KiB before", after>>10, rounds, heapBefore>>10)
	}
	if after := resident(t); after > residentBefore+residentSlack {
		t.Errorf("%d KiB resident after %d stack overflows, %d KiB before", after>>10, rounds, residentBefore>>10)
	}
	if after := runtime.NumGoroutine(); after > goroutines {
		t.Errorf("%d goroutines after %d stack overflows, %d before", after, rounds, goroutines)
	}
}

// resident returns the bytes of memory this process occupies once what is free was given back. It is 0 where the system
// does not tell.
func resident(t testing.TB) uint64 {
	t.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, err := strconv.ParseUint(strings.Fields(string(text))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * uint64(os.Getpagesize())
}

// What a module claims in its sections costs nothing before it was checked, and an error about it is short.
func TestModulesThatAskForTooMuch(t *testing.T) {
	n := newNeighbour(t)
	importing := func(count int, format string) []byte {
		var list []wasmImport
		for i := range count {
			list = append(list, wasmImport{module: "env", name: fmt.Sprintf(format, i)})
		}
		return tiny(i32(0), list...).bytes()
	}
	tables := func(count int, table ...byte) []byte {
		return splice(tiny(i32(0)).bytes(), sectionTable, vec(count, slices.Repeat(table, count)))
	}
	limits := func(flag byte, values ...int) []byte {
		list := []byte{flag}
		for _, v := range values {
			list = append(list, uleb(v)...)
		}
		return list
	}
	data := func(offset uint32, bytes int) []byte {
		module := tiny(i32(0)).bytes()
		good := code(0, i32(dataAt), opEnd, name(tinyManifest))
		return splice(module, sectionData, vec(2, append(good, code(0, i32(offset), opEnd, uleb(bytes), make([]byte, bytes))...)))
	}
	for _, test := range []struct {
		name   string
		module []byte
		want   string
	}{
		{"ten thousand imports, less the one that is good", importing(9_999, "function%d"), "env.function0"},
		{"ten thousand imports and one", importing(10_000, "function%d"), "too big"},
		{"imports with long names", importing(1_000, "%0999d"), "env.000"},
		{"an import that breaks lines", importing(1, "a\n\x1b[31m%d"), `env.a\n\x1b[31m0`},

		{"a table of a thousand million entries", tables(1, append([]byte{funcref}, limits(0, 1<<30)...)...), "table entries"},
		{"a table of entries without end", tables(1, append([]byte{funcref}, limits(0, 1<<32-1)...)...), "table entries"},
		{"a thousand tables and one", tables(1_001, append([]byte{funcref}, limits(0, 0)...)...), "tables"},

		{"memory of 4 GiB", splice(tiny(i32(0)).bytes(), sectionMemory, vec(1, limits(0, 1<<16))), "memory starts with"},
		{"memory beyond 4 GiB", splice(tiny(i32(0)).bytes(), sectionMemory, vec(1, limits(0, 1<<16+1))), "memory"},
		{"memory that ends before it starts", splice(tiny(i32(0)).bytes(), sectionMemory, vec(1, limits(1, 2, 1))), "memory"},
		{"two memories", splice(tiny(i32(0)).bytes(), sectionMemory, vec(2, append(limits(0, 1), limits(0, 1)...))), "memor"},

		{"data that ends a byte behind the memory", data(1<<16-99, 100), "of data for address"},
		{"data far behind the memory", data(1<<31, 100), "of data for address"},
		{"data that would wrap around", data(1<<32-1, 100), "of data for address"},
		{"data much larger than the memory", data(0, 8<<20), "of data for address"},
		{"no data, but behind the memory", data(1<<16+1, 0), "of data for address"},
	} {
		t.Run(test.name, func(t *testing.T) { n.wantsRefused(t, t.Context(), test.module, test.want) })
	}
	load(t, n.engine, data(1<<16-100, 100)) // up to the last byte
}

func TestModulesThatAreRefusedLeaveNothingBehind(t *testing.T) {
	const rounds, heapSlack, residentSlack = 50, 8 << 20, 48 << 20
	n := newNeighbour(t)
	big := tiny(i32(0)).with(abi.ExportDescribe, func(f *wasmFunction) {
		f.code = code(i32(0), i32(1), i32(1<<23), opPrefix, opMemoryFill, 0, opUnreachable)
	})
	big.pages = 128
	module := big.bytes()
	round := func() { n.wantsRefused(t, t.Context(), module, "unreachable") }
	for range 3 {
		round()
	}
	heapBefore, residentBefore := heap(), resident(t)
	for range rounds {
		round()
	}
	if after := heap(); after > heapBefore+heapSlack {
		t.Errorf("%d KiB of heap after %d refusals, %d KiB before", after>>10, rounds, heapBefore>>10)
	}
	if after := resident(t); after > residentBefore+residentSlack {
		t.Errorf("%d KiB resident after %d refusals, %d KiB before", after>>10, rounds, residentBefore>>10)
	}
}

// starting returns a module whose start function runs the code.
func starting(start []byte, imports ...wasmImport) *wasm {
	w := tiny(i32(0), imports...)
	w.functions = append(w.functions, wasmFunction{code: start})
	w.start = len(w.imports) + 3
	return w
}

// initialising returns a module whose _initialize runs the code.
func initialising(initialise []byte, imports ...wasmImport) *wasm {
	w := tiny(i32(0), imports...)
	w.functions = append(w.functions, wasmFunction{export: abi.ExportInitialize, code: initialise})
	return w
}

// describingWith returns a module that runs the code before it describes itself.
func describingWith(describe []byte, imports ...wasmImport) *wasm {
	return tiny(i32(0), imports...).with(abi.ExportDescribe, func(f *wasmFunction) { f.code = append(slices.Clone(describe), f.code...) })
}

// warming returns a module whose warm-up runs the code.
func warming(warm []byte, imports ...wasmImport) *wasm {
	w := tiny(i32(0), imports...)
	w.functions = append(w.functions, wasmFunction{export: abi.ExportWarm, code: warm})
	return w
}

// phases are what runs of a module before its first message.
var phases = map[string]func(code []byte, imports ...wasmImport) *wasm{
	"start": starting, "initialise": initialising, "describe": describingWith, "warm": warming,
}

func TestModulesThatMisbehaveBeforeTheirFirstMessage(t *testing.T) {
	n := newNeighbour(t)
	for phase, module := range phases {
		for what, test := range map[string]struct {
			code []byte
			want string
		}{
			"traps":    {code(opUnreachable), "unreachable"},
			"recurses": {nil, "stack overflow"}, // the code depends on the module
			"spins":    {spin, "timed_out"},
			"spins over growing memory": {
				code(opLoop, blockVoid, i32(1), opMemoryGrow, 0, opDrop, i32(0), i32(1), i32(1<<16), opPrefix, opMemoryFill, 0, opBranch, 0, opEnd), "timed_out",
			},
		} {
			t.Run(phase+"/"+what, func(t *testing.T) {
				w := module(test.code)
				if what == "recurses" {
					last := len(w.functions) + 1 // behind the import and those there are
					w = module(code(opCall, last))
					w.functions = append(w.functions, wasmFunction{code: code(opCall, last)})
				}
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				if test.want != "timed_out" {
					ctx = t.Context()
				}
				n.wantsRefused(t, ctx, w.bytes(), test.want)
			})
		}
	}
}

// Before a message there is neither request nor storage, and nobody to send something to.
func TestHostCallsBeforeTheFirstMessageAreTraps(t *testing.T) {
	n := newNeighbour(t)
	types := func(count int) []sandbox.ValueType { return slices.Repeat([]sandbox.ValueType{sandbox.I32}, count) }
	for _, function := range []wasmImport{
		{name: "input_read", params: types(3), results: types(1)},
		{name: "kv_get", params: types(5), results: types(1)},
		{name: "kv_put", params: types(5)},
		{name: "kv_delete", params: types(3)},
		{name: "kv_scan", params: types(8), results: []sandbox.ValueType{sandbox.I64}},
		{name: "emit", params: types(5)},
		{name: "subscribe", params: types(3), results: types(1)},
		{name: "unsubscribe", params: types(3)},
		{name: "revoke", params: types(4)},
		{name: "fail", params: types(5)},
		{name: "identity", params: types(2), results: types(1)},
		{name: "config_get", params: types(4), results: types(1)},
		{name: "now_ms", results: []sandbox.ValueType{sandbox.I64}},
	} {
		function.module = abi.Module
		var call []byte
		for range function.params {
			call = append(call, i32(0)...)
		}
		call = append(call, opCall, 1)
		if len(function.results) > 0 {
			call = append(call, opDrop)
		}
		for phase, module := range phases {
			t.Run(phase+"/"+function.name, func(t *testing.T) {
				n.wantsRefused(t, t.Context(), module(call, function).bytes(), string(sandbox.ReasonPhase), function.name)
			})
		}
	}
	write := code(i32(0), i32(1), opCall, 0)
	for _, phase := range []string{"start", "initialise", "warm"} {
		t.Run(phase+"/output_write", func(t *testing.T) {
			n.wantsRefused(t, t.Context(), phases[phase](write).bytes(), string(sandbox.ReasonPhase), "output_write")
		})
	}
}

// A manifest is a promise: what it cannot promise is refused, and what is not kept is a trap.
func TestManifestsThatLie(t *testing.T) {
	n := newNeighbour(t)
	for _, set := range []string{"", ".", "../board", "board/", "Board", "bo ard", "board\\u0000", "b\\u00f6ard", "board\\n", strings.Repeat("a", 65)} {
		t.Run("data set "+set, func(t *testing.T) {
			module := tiny(i32(0)).manifest("%s", strings.Replace(tinyManifest, `[{"name":"tiny"`, `[{"name":"`+set+`"`, 1))
			n.wantsRefused(t, t.Context(), module.bytes(), "data set")
		})
	}
	t.Run("a thousand mistakes", func(t *testing.T) {
		sets := strings.TrimSuffix(strings.Repeat(`{"name":"A mistake","access":"steal"},`, 1000), ",")
		module := tiny(i32(0)).manifest("%s", strings.Replace(tinyManifest, `{"name":"tiny","access":"write"}`, sets, 1))
		module.pages = 2
		n.wantsRefused(t, t.Context(), module.bytes(), "A mistake")
	})
	t.Run("a long mistake", func(t *testing.T) {
		module := tiny(i32(0)).manifest("%s", strings.Replace(tinyManifest, `[{"name":"tiny"`, `[{"name":"`+strings.Repeat("\\u0000", 30_000)+`"`, 1))
		module.pages = 8
		n.wantsRefused(t, t.Context(), module.bytes(), "data set")
	})

	t.Run("a route that is not there", func(t *testing.T) {
		handle := code(opLocalGet, 0, i32(2000), opI32Eq, opIf, blockVoid, i32(0), opReturn, opEnd, opUnreachable)
		module := tiny(handle).manifest("%s", strings.Replace(tinyManifest, `"routes":[`, `"routes":[{"id":2001,"name":"absent","kind":"write"},`, 1))
		pool := sandbox.NewPool(load(t, n.engine, module.bytes()), 1)
		wants(t, pool, newCall(2001, ""), sandbox.Trapped, sandbox.ReasonUnreachable)
		wants(t, pool, newCall(2000, ""), sandbox.OK, "")
		n.answers(t)
	})
	emit := wasmImport{module: abi.Module, name: "emit", params: slices.Repeat([]sandbox.ValueType{sandbox.I32}, 5)}
	for _, event := range []uint32{0, 40, 1001, 1003, 1<<32 - 1} {
		t.Run(fmt.Sprintf("event %d", event), func(t *testing.T) {
			list := abi.AppendScope(nil, abi.Scope{Kind: abi.ScopeTopic, ID: "news"})
			module := tiny(code(i32(dataAt), i32(uint32(len(list))), i32(event), i32(0), i32(1), opCall, 1, i32(0)), emit)
			module.data = string(list) + tinyManifest
			module.with(abi.ExportDescribe, func(f *wasmFunction) {
				f.code = code(i32(dataAt+uint32(len(list))), i32(uint32(len(tinyManifest))), opCall, 0)
			})
			pool := sandbox.NewPool(load(t, n.engine, module.bytes()), 1)
			c := newCall(2000, "")
			wants(t, pool, c, sandbox.Trapped, sandbox.ReasonRoute)
			if len(c.Effects.Events) > 0 {
				t.Errorf("emitted %v", c.Effects.Events)
			}
			n.answers(t)
		})
	}
}

const opReturn = 0x0f

func TestNamesOfTheHostAreReserved(t *testing.T) {
	n := newNeighbour(t)
	exporting := func(export string, kind byte) []byte {
		module := tiny(i32(0)).bytes()
		module = splice(module, sectionGlobal, vec(1, code(int(sandbox.I64), 1, opI64Const, 0, opEnd)))
		exports := code(name(abi.ExportMemory), 2, 0, name(abi.ExportABI), 0, 1, name(abi.ExportDescribe), 0, 2, name(abi.ExportHandle), 0, 3)
		index := 0
		if kind == 0 {
			index = 2
		}
		return splice(module, sectionExport, vec(5, append(exports, code(name(export), int(kind), index)...)))
	}
	load(t, n.engine, exporting("anything.else", 0))
	load(t, n.engine, exporting("anything.else", 3))
	for _, export := range []string{"workcell.", "workcell.data", "workcell.start", "workcell.fuel", "workcell.global.0", "workcell.new"} {
		for kind, what := range map[byte]string{0: "function", 2: "memory", 3: "global"} {
			t.Run(what+" "+export, func(t *testing.T) { n.wantsRefused(t, t.Context(), exporting(export, kind), export, "reserved") })
		}
	}
	t.Run("global workcell_abi", func(t *testing.T) { n.wantsRefused(t, t.Context(), exporting("workcell_pages", 3), "reserved") })
	i64 := []sandbox.ValueType{sandbox.I64}
	for _, module := range []string{"workcell.meter", "workcell.", "workcell.other"} {
		t.Run("import "+module, func(t *testing.T) {
			refuel := wasmImport{module: module, name: "refuel", params: i64, results: i64}
			n.wantsRefused(t, t.Context(), tiny(i32(0), refuel).bytes(), module, "reserved")
		})
	}
}

func TestStateThatCannotBeResetIsRefused(t *testing.T) {
	n := newNeighbour(t)
	i := func(n uint32) []byte { return i32(n) }
	for want, instructions := range map[string][]byte{
		"table.set":  code(i(0), opRefNull, funcref, opTableSet, 0),
		"table.grow": code(opRefNull, funcref, i(1), opPrefix, opTableGrow, 0, opDrop),
		"table.fill": code(i(0), opRefNull, funcref, i(1), opPrefix, opTableFill, 0),
		"table.copy": code(i(0), i(0), i(1), opPrefix, opTableCopy, 0, 0),
		"table.init": code(i(0), i(0), i(1), opPrefix, opTableInit, 0, 0),
		"elem.drop":  code(opPrefix, opElemDrop, 0),
		"data.drop":  code(opPrefix, opDataDrop, 0),
	} {
		t.Run(want, func(t *testing.T) {
			w := tiny(code(instructions, i(0)))
			w.table = []int{1}
			module := splice(w.bytes(), sectionDataCount, uleb(1))
			n.wantsRefused(t, t.Context(), module, want, "traces for the next")
			// Also where nothing calls it.
			w = tiny(i(0))
			w.table = []int{1}
			w.functions = append(w.functions, wasmFunction{code: instructions})
			n.wantsRefused(t, t.Context(), splice(w.bytes(), sectionDataCount, uleb(1)), want, "traces for the next")
		})
	}
	reading := tiny(code(i(0), opTableGet, 0, opDrop, i(0)))
	reading.table = []int{1}
	load(t, n.engine, reading.bytes()) // reading a table is no harm

	for want, global := range map[string][]byte{
		"v128":      code(v128, 1, 0xfd, 0x0c, make([]byte, 16), opEnd),
		"funcref":   code(funcref, 1, opRefNull, funcref, opEnd),
		"externref": code(externref, 1, opRefNull, externref, opEnd),
	} {
		t.Run("mutable "+want, func(t *testing.T) {
			n.wantsRefused(t, t.Context(), splice(tiny(i(0)).bytes(), sectionGlobal, vec(1, global)), "mutable global", want)
			constant := slices.Clone(global)
			constant[1] = 0
			load(t, n.engine, splice(tiny(i(0)).bytes(), sectionGlobal, vec(1, constant)))
		})
	}

	for want, kind := range map[string][]byte{
		"imports a table":  {1, funcref, 0, 1},
		"imports a memory": {2, 0, 1},
		"imports a global": {3, sandbox.I32, 1},
		"env":              {3, sandbox.I32, 0}, // a constant, which nobody offers
	} {
		t.Run(want, func(t *testing.T) {
			own := code(name(abi.Module), name("output_write"), 0, 0)
			w := tiny(i(0))
			if kind[0] == 2 {
				w.pages = 0
			}
			module := splice(w.bytes(), sectionImport, vec(2, append(own, code(name("env"), name("foreign"), kind)...)))
			n.wantsRefused(t, t.Context(), module, want)
		})
	}
	t.Run("shared memory", func(t *testing.T) {
		n.wantsRefused(t, t.Context(), splice(tiny(i(0)).bytes(), sectionMemory, vec(1, []byte{3, 1, 2})), "memor")
	})
}

// The error of a trap holds the stack of the guest, with the names of its functions: what an operator reads in the log.
func TestTrapsNameTheFunctionsOfTheGuest(t *testing.T) {
	pool := newHostile(t, 1)
	for behaviour, want := range map[string]string{
		"panic":                             "main.misbehave",
		"nil":                               "main.misbehave",
		"exit":                              "main.misbehave",
		"undeclared-event":                  "main.misbehave",
		"wild kv_put.val 0xffffffff 1":      "main.misbehave",
		"wild wasi.random_get 0xffffffff 1": "main.misbehave",
	} {
		c := newCall(hostileWrite, behaviour)
		out := pool.Run(c, patience)
		if out.Status != sandbox.Trapped || !strings.Contains(out.Err.Error(), want) {
			t.Errorf("%s ended with %s and %v, want a trap and %s", behaviour, out.Status, out.Err, want)
		}
	}
}
