package meter_test

import (
	"fmt"
	"slices"

	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmbin"
)

// flow is the flow of control through a metered body, instruction by instruction.
type flow struct {
	instrs []wasmbin.Instr
	next   [][]int // of each instruction; len(instrs) is the way out
	checks []bool  // the instruction is the first one of a check
	price  []int64 // of each instruction of the plain module

	reached []bool
}

// checkFlow returns what a metered module does not keep of what metering promises:
//   - without its checks the flow of control has no cycle, in any function, where a branch to a loop that passes control
//     on by a known value goes on where that value leads;
//   - a function that can be entered without a check has neither loops nor calls;
//   - no way without a check is longer than a bound, in plain instructions. A call of a function that begins with a check
//     is one.
//
// The functions behind those of the plain module are helpers, which see to themselves.
func checkFlow(plain, metered []byte, bound int64) error {
	before, err := wasmbin.Decode(plain)
	if err != nil {
		return err
	}
	m, err := wasmbin.Decode(metered)
	if err != nil {
		return err
	}
	var fuel uint32
	for _, e := range m.Exports {
		if e.Name == meter.GlobalName {
			fuel = e.Index
		}
	}
	r := wasmbin.NewReader(m)
	first := m.Imported(wasmbin.KindFunc)
	isHelper := func(f uint32) bool { return f >= first+uint32(len(before.Code)) }
	checked := map[uint32]bool{}
	for i := range m.Code {
		f, err := readFlow(r, len(m.Types[m.Funcs[i]].Params), &m.Code[i], fuel)
		if err != nil {
			return err
		}
		checked[first+uint32(i)] = f.checksFirst()
	}
	for i := range before.Code {
		f, err := readFlow(r, len(m.Types[m.Funcs[i]].Params), &m.Code[i], fuel)
		if err != nil {
			return err
		}
		f.priceCalls(isHelper, checked)
		longest, err := f.longest()
		if err != nil {
			return fmt.Errorf("function %d: %w", i, err)
		}
		if longest > bound {
			return fmt.Errorf("function %d: a way without a check is %d long, more than %d", i, longest, bound)
		}
		if !f.checksFirst() {
			for i, in := range f.instrs {
				if f.reached[i] && (in.Op == wasmbin.OpLoop || (in.Op == wasmbin.OpCall || in.Op == wasmbin.OpCallIndirect) && !isHelper(in.Index)) {
					return fmt.Errorf("function %d has no check at its start but %s at %d", i, in.Op, in.Pos)
				}
			}
		}
	}
	return nil
}

func readFlow(r *wasmbin.Reader, params int, body *wasmbin.Body, fuel uint32) (*flow, error) {
	type frame struct {
		loop    bool
		start   int
		pending []int // instructions that go to the end
		opener  int   // an if without else so far, or -1
		place   *int  // where a branch to it goes: to its start, or to its end once that is known
	}
	f := &flow{}
	frames := []frame{{opener: -1, place: new(int)}}
	tables := map[int][]*int{} // of each br_table, where its labels lead
	loops := map[int]int{}     // of each br to a loop, its start
	for r.Reset(params, body); r.Next(); {
		i := len(f.instrs)
		f.instrs = append(f.instrs, r.Instr)
		f.next = append(f.next, nil)
		jump := func(label uint32) {
			l := &frames[len(frames)-1-int(label)]
			if l.loop {
				f.next[i] = append(f.next[i], l.start)
			} else {
				l.pending = append(l.pending, i)
			}
		}
		through := true
		switch r.Op {
		case wasmbin.OpBlock, wasmbin.OpLoop, wasmbin.OpIf:
			l := frame{loop: r.Op == wasmbin.OpLoop, start: i, opener: -1, place: new(i)}
			if r.Op == wasmbin.OpIf {
				l.opener = i
			}
			frames = append(frames, l)
		case wasmbin.OpElse:
			l := &frames[len(frames)-1]
			f.next[l.opener] = append(f.next[l.opener], i+1)
			l.opener = -1
			l.pending = append(l.pending, i) // the end of the first arm
			through = false
		case wasmbin.OpEnd:
			l := frames[len(frames)-1]
			frames = frames[:len(frames)-1]
			if !l.loop {
				*l.place = i
			}
			for _, p := range append(l.pending, l.opener) {
				if p >= 0 {
					f.next[p] = append(f.next[p], i)
				}
			}
		case wasmbin.OpBr:
			jump(r.Index)
			through = false
			if l := &frames[len(frames)-1-int(r.Index)]; l.loop {
				loops[i] = l.start
			}
		case wasmbin.OpBrIf:
			jump(r.Index)
		case wasmbin.OpBrTable:
			for _, l := range r.AppendLabels(nil) {
				jump(l)
				tables[i] = append(tables[i], frames[len(frames)-1-int(l)].place)
			}
			through = false
		case wasmbin.OpReturn, wasmbin.OpUnreachable:
			through = false
		}
		if through {
			f.next[i] = append(f.next[i], i+1)
		}
	}
	for br, loop := range loops {
		f.passOn(br, loop, tables)
	}
	f.weigh(fuel)
	f.reach()
	return f, r.Err()
}

// weigh finds the checks, and prices all that is not metering.
func (f *flow) weigh(fuel uint32) {
	f.checks, f.price = make([]bool, len(f.instrs)), make([]int64, len(f.instrs))
	for i := 0; i < len(f.instrs); i++ {
		switch {
		case f.instrs[i].Op != wasmbin.OpGlobalGet || f.instrs[i].Index != fuel:
			switch f.instrs[i].Op {
			case wasmbin.OpNop, wasmbin.OpBlock, wasmbin.OpLoop, wasmbin.OpElse, wasmbin.OpEnd, wasmbin.OpDrop, wasmbin.OpReturn, wasmbin.OpUnreachable:
			default:
				f.price[i] = 1
			}
		case f.isCharge(i):
			i += 3
		case f.isCheck(i) || f.isLook(i, wasmbin.OpI64LtS) && f.leadsAway(i+3):
			f.checks[i] = true
			i += 3
		}
	}
}

// leadsAway reports whether a br_if leads to a call and a br.
func (f *flow) leadsAway(at int) bool {
	return f.is(at, wasmbin.OpBrIf) && len(f.next[at]) == 2 && f.is(f.next[at][1], wasmbin.OpEnd, wasmbin.OpCall, wasmbin.OpBr)
}

// priceCalls makes a call of a function that begins with a check a check, and lets one that may do without cost 64 more.
func (f *flow) priceCalls(isHelper func(uint32) bool, checked map[uint32]bool) {
	for i := range f.instrs {
		switch in := &f.instrs[i]; {
		case in.Op == wasmbin.OpCall && checked[in.Index]:
			f.checks[i] = true
		case in.Op == wasmbin.OpCall && !isHelper(in.Index), in.Op == wasmbin.OpCallIndirect:
			f.price[i] += 64
		}
	}
}

// passOn lets a br to a loop lead on, if the loop does nothing but branch by the value of a local, and the local was set
// to a constant right before.
func (f *flow) passOn(br, loop int, tables map[int][]*int) {
	get := loop + 1
	for f.instrs[get].Op == wasmbin.OpBlock {
		get++
	}
	if !f.is(get, wasmbin.OpLocalGet, wasmbin.OpBrTable) || br < 2 || !f.is(br-2, wasmbin.OpI32Const, wasmbin.OpLocalSet) ||
		f.instrs[br-1].Index != f.instrs[get].Index {
		return
	}
	ways := tables[get+1]
	f.next[br] = []int{*ways[min(uint64(uint32(f.instrs[br-2].Value)), uint64(len(ways)-1))]}
}

func (f *flow) is(at int, ops ...wasmbin.Op) bool {
	return at+len(ops) <= len(f.instrs) && slices.EqualFunc(f.instrs[at:at+len(ops)], ops, func(in wasmbin.Instr, op wasmbin.Op) bool { return in.Op == op })
}

func (f *flow) isCharge(at int) bool {
	return f.is(at, wasmbin.OpGlobalGet, wasmbin.OpI64Const, wasmbin.OpI64Sub, wasmbin.OpGlobalSet)
}

// isLook reports whether the fuel is compared with zero here.
func (f *flow) isLook(at int, compare wasmbin.Op) bool {
	return f.is(at, wasmbin.OpGlobalGet, wasmbin.OpI64Const, compare) && f.instrs[at+1].Value == 0
}

func (f *flow) isCheck(at int) bool {
	const i64GeS = wasmbin.Op(0x59)
	return f.isLook(at, i64GeS) && f.is(at+3, wasmbin.OpIf, wasmbin.OpElse, wasmbin.OpCall, wasmbin.OpEnd)
}

func (f *flow) checksFirst() bool {
	return f.checks[0] || f.isCharge(0) && len(f.checks) > 4 && f.checks[4]
}

// reach marks what can be reached from the start: the rest is not metered.
func (f *flow) reach() {
	f.reached = make([]bool, len(f.instrs)+1)
	for todo := []int{0}; len(todo) > 0; {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if f.reached[at] {
			continue
		}
		if f.reached[at] = true; at < len(f.instrs) {
			todo = append(todo, f.next[at]...)
		}
	}
}

// longest returns the price of the longest way without a check.
func (f *flow) longest() (int64, error) {
	const fresh, open, done = 0, 1, 2
	state := make([]byte, len(f.instrs)+1)
	cost := make([]int64, len(f.instrs)+1) // from an instruction on
	state[len(f.instrs)] = done
	dearest := int64(0)
	for i := range f.instrs {
		if f.checks[i] {
			state[i] = done // all ways end here; what follows is the start of others
		}
	}
	type visit struct{ at, edge int }
	var stack []visit
	for root := range f.instrs {
		if !f.reached[root] || state[root] != fresh {
			continue
		}
		state[root] = open
		stack = append(stack, visit{at: root})
		for len(stack) > 0 {
			v := &stack[len(stack)-1]
			if v.edge < len(f.next[v.at]) {
				n := f.next[v.at][v.edge]
				v.edge++
				switch state[n] {
				case open:
					return 0, fmt.Errorf("a cycle without a check at %d, %s", f.instrs[n].Pos, f.instrs[n].Op)
				case fresh:
					state[n] = open
					stack = append(stack, visit{at: n})
				}
				continue
			}
			most := int64(0)
			for _, n := range f.next[v.at] {
				most = max(most, cost[n])
			}
			cost[v.at], state[v.at] = most+f.price[v.at], done
			dearest = max(dearest, cost[v.at])
			stack = stack[:len(stack)-1]
		}
	}
	return dearest, nil
}
