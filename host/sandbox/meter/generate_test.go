package meter_test

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"workcell/host/sandbox/wasmasm"
)

// generator writes random valid modules. Each way to run a piece of code again, a branch to a loop or a call, is behind a
// guard that counts down a global and returns when it is used up, so that all programs end. Code after branches is
// often dead, loops have back edges of all kinds, and some programs trap.
type generator struct {
	t       *rapid.T
	sigs    []wasmasm.Func
	current wasmasm.Func
	labels  []genLabel
	left    int // how many more statements and expressions
}

type genLabel struct {
	loop   bool
	result string
}

// steps is what the global starts with.
const steps = 120

// genProgram draws a module with an exported function run (i64) -> i32. No other function has its type, so that none
// calls it through the table and starts the count anew.
func genProgram(t *rapid.T) []wasmasm.Func {
	g := &generator{t: t}
	g.sigs = append(g.sigs, wasmasm.Func{
		Name: "run", Params: "i64", Results: "i32", Text: fmt.Sprintf("i32.const %d global.set 0 local.get 0 i32.wrap_i64 call 1", steps),
	}, wasmasm.Func{Params: "i32", Results: "i32"})
	for range rapid.IntRange(0, 4).Draw(t, "functions") {
		g.sigs = append(g.sigs, rapid.SampledFrom([]wasmasm.Func{
			{Params: "", Results: ""}, {Params: "i32", Results: "i32"}, {Params: "i64 i32", Results: "i64"}, {Params: "i32", Results: ""},
		}).Draw(t, "signature"))
	}
	for i := range g.sigs[1:] {
		f := &g.sigs[i+1]
		g.current, g.left = *f, 60
		g.labels = []genLabel{{result: f.Results}}
		f.Locals = "i32 i32 i32 i64 i64"
		f.Text = g.statements() + g.value(f.Results)
	}
	return g.sigs
}

func (g *generator) pick(n int) int { return rapid.IntRange(0, n-1).Draw(g.t, "pick") }

// local returns the index of a local of a type.
func (g *generator) local(kind string) int {
	all := append(strings.Fields(g.current.Params), strings.Fields("i32 i32 i32 i64 i64")...)
	var of []int
	for i, t := range all {
		if t == kind {
			of = append(of, i)
		}
	}
	return of[g.pick(len(of))]
}

// guard counts down, and returns from the function at zero.
func (g *generator) guard() string {
	constant := ""
	if g.current.Results != "" {
		constant = g.current.Results + ".const 0 "
	}
	return "global.get 0 i32.const 1 i32.sub global.set 0 global.get 0 i32.const 0 i32.le_s if " + constant + "return end\n"
}

func (g *generator) statements() string {
	var b strings.Builder
	for range g.pick(5) {
		b.WriteString(g.statement())
	}
	return b.String()
}

func (g *generator) statement() string {
	if g.left--; g.left < 0 {
		return "nop\n"
	}
	switch g.pick(22) {
	case 0, 1:
		return fmt.Sprintf("%slocal.set %d\n", g.value("i32"), g.local("i32"))
	case 2:
		return fmt.Sprintf("%slocal.set %d\n", g.value("i64"), g.local("i64"))
	case 3:
		return g.address() + g.value("i32") + "i32.store\n"
	case 4:
		return g.value("i64") + "drop\n"
	case 5, 6:
		return g.inBlock("block", "") + "end\n"
	case 7, 8, 9:
		return g.loop()
	case 10, 11:
		text := g.value("i32") + g.inBlock("if", "")
		if g.pick(2) == 0 {
			text += g.inBlock("else", "")
		}
		return text + "end\n"
	case 12, 13:
		return g.branch("br")
	case 14, 15:
		return g.branch("br_if")
	case 16:
		return g.table()
	case 17:
		return g.value(g.current.Results) + "return\n" + g.statements()
	case 18, 19:
		return g.call("")
	case 20:
		return g.bulk()
	}
	if g.pick(12) == 0 {
		return "unreachable\n" + g.statements()
	}
	return "nop\n"
}

func (g *generator) inBlock(op, result string) string {
	g.labels = append(g.labels, genLabel{result: result})
	text := g.statements() + g.value(result)
	if op == "else" {
		result = ""
	}
	text = op + " " + result + "\n" + text
	g.labels = g.labels[:len(g.labels)-1]
	return text
}

// loop has its guard in its header, or, as branch puts it there, before each back edge.
func (g *generator) loop() string {
	g.labels = append(g.labels, genLabel{loop: true})
	defer func() { g.labels = g.labels[:len(g.labels)-1] }()
	body := g.statements()
	switch g.pick(4) {
	case 0:
		body += g.guard() + "br 0\n" + g.statements()
	case 1:
		body += g.guard() + g.value("i32") + "br_if 0\n"
	case 2:
		g.labels = append(g.labels, genLabel{})
		body += "block " + g.value("i32") + "br_if 0\n" + g.statements() + g.guard() + "br 1 end\n"
		g.labels = g.labels[:len(g.labels)-1]
	}
	return "loop\n" + body + "end\n"
}

// branch writes br or br_if to some label, and what a br leaves dead.
func (g *generator) branch(op string) string {
	depth := g.pick(len(g.labels))
	l := g.labels[len(g.labels)-1-depth]
	text := ""
	if l.loop {
		text = g.guard()
	} else {
		text = g.value(l.result)
	}
	if op == "br" {
		return fmt.Sprintf("%sbr %d\n%s", text, depth, g.statements())
	}
	text += fmt.Sprintf("%sbr_if %d\n", g.value("i32"), depth)
	if !l.loop && l.result != "" {
		text += "drop\n"
	}
	return text
}

// table writes br_table to labels that take no values.
func (g *generator) table() string {
	var fit []string
	for i, l := range g.labels {
		if l.loop || l.result == "" {
			fit = append(fit, fmt.Sprint(len(g.labels)-1-i))
		}
	}
	if len(fit) == 0 {
		return "nop\n"
	}
	targets := rapid.SliceOfN(rapid.SampledFrom(fit), 1, 4).Draw(g.t, "targets")
	return g.guard() + g.value("i32") + "br_table " + strings.Join(targets, ",") + "\n" + g.statements()
}

// call calls a function with a result type, directly or through the table, and drops a result nobody wants.
func (g *generator) call(result string) string {
	fits := func(f wasmasm.Func) bool { return f.Name == "" && (result == "" || f.Results == result) }
	if !slices.ContainsFunc(g.sigs, fits) {
		return g.value(result)
	}
	i := g.pick(len(g.sigs))
	for !fits(g.sigs[i]) {
		i = (i + 1) % len(g.sigs)
	}
	text := g.guard()
	for _, p := range strings.Fields(g.sigs[i].Params) {
		text += g.value(p)
	}
	if g.pick(3) == 0 {
		text += fmt.Sprintf("i32.const %d call_indirect %d 0\n", g.pick(len(g.sigs)+2), typeIndex(g.sigs, i))
	} else {
		text += fmt.Sprintf("call %d\n", i)
	}
	if result == "" && g.sigs[i].Results != "" {
		text += "drop\n"
	}
	return text
}

// typeIndex is the index build gives to the type of function i.
func typeIndex(all []wasmasm.Func, i int) int {
	var seen []string
	for _, f := range all[:i+1] {
		if key := f.Params + ":" + f.Results; !slices.Contains(seen, key) {
			seen = append(seen, key)
		}
	}
	return slices.Index(seen, all[i].Params+":"+all[i].Results)
}

func (g *generator) address() string { return g.value("i32") + "i32.const 0xfff8 i32.and\n" }

// bulk writes an instruction whose price depends on a length.
func (g *generator) bulk() string {
	short := func() string { return g.value("i32") + "i32.const 0x3ff i32.and\n" }
	switch g.pick(7) {
	case 0:
		return short() + short() + short() + "memory.copy\n"
	case 1:
		return short() + g.value("i32") + short() + "memory.fill\n"
	case 2:
		return short() + fmt.Sprintf("i32.const %d i32.const %d memory.init 0\n", g.pick(20), g.pick(24))
	case 3:
		return fmt.Sprintf("i32.const %d i32.const %d i32.const %d table.copy 0 0\n", g.pick(4), g.pick(4), g.pick(4))
	case 4:
		return fmt.Sprintf("i32.const %d ref.func %d i32.const %d table.fill 0\n", g.pick(4), g.pick(len(g.sigs)), g.pick(4))
	case 5:
		return fmt.Sprintf("i32.const %d i32.const %d i32.const %d table.init 1 0\n", g.pick(4), g.pick(2), g.pick(3))
	}
	return fmt.Sprintf("ref.null i32.const %d table.grow 0 drop\n", g.pick(4))
}

// value writes an expression of a type, or nothing for no type.
func (g *generator) value(kind string) string {
	if kind == "" {
		return ""
	}
	if g.left--; g.left < 0 {
		return fmt.Sprintf("%s.const %d\n", kind, g.pick(100))
	}
	switch n := g.pick(14); {
	case n < 3:
		return fmt.Sprintf("local.get %d\n", g.local(kind))
	case n < 5:
		return fmt.Sprintf("%s.const %d\n", kind, rapid.Int32().Draw(g.t, "constant"))
	case n < 8:
		op := rapid.SampledFrom(strings.Fields("add sub mul and or xor shl shr_u rotl div_u rem_s")).Draw(g.t, "op")
		return g.value(kind) + g.value(kind) + kind + "." + op + "\n"
	case n == 8:
		return g.address() + kind + ".load\n"
	case n == 9:
		return g.inBlock("block", kind) + "end\n"
	case n == 10:
		return g.value("i32") + g.inBlock("if", kind) + g.inBlock("else", kind) + "end\n"
	case n == 11:
		return g.call(kind)
	case n == 12:
		return g.value(kind) + g.value(kind) + g.value("i32") + "select\n"
	case kind == "i64":
		return g.value("i32") + "i64.extend_i32_u\n"
	}
	switch g.pick(4) {
	case 0:
		return g.value("i64") + "i32.wrap_i64\n"
	case 1:
		return "memory.size\n"
	case 2:
		return g.value("i32") + "i32.const 3 i32.and memory.grow\n"
	}
	return g.value("i64") + g.value("i64") + "i64.lt_s\n"
}
