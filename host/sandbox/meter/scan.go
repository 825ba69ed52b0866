package meter

import "workcell/host/sandbox/wasmbin"

const (
	// maxStretch is how much a way through a function may cost from one check to the next, in plain instructions. A check
	// more is put where it would be exceeded. It bounds what is done without a check while calls return: so much for each
	// frame on the stack. At 512 it costs a Go guest nothing that can be measured, and less than a percent of size.
	maxStretch = 512
	// maxLeaf is what a function may cost at most that needs no check at all. It has neither loops nor calls.
	maxLeaf = 64
)

// block is a run of instructions that is entered at its start and left at its end. What it costs is charged at its start.
// Calls do not end a block: they come back, or the run is over.
type block struct {
	pos   int    // of its first instruction
	cost  uint32 // of its instructions, and what fold moved to it
	check bool   // look at the fuel after the charge
}

// edit is an instruction whose price depends on an operand.
type edit struct {
	pos, end int // of the instruction
	kind     helper
}

// frame is an open block, in the words of the specification: block, loop, if, else or the function's body.
type frame struct {
	op     wasmbin.Op
	id     int  // of no other frame of the body
	dead   bool // it was opened in code that cannot be reached
	target bool // a branch leads to its end
	live   bool // of else: the other arm falls through
	// The longest ways since the last check, in units: to the start of if, and to the end by branches.
	start, reach uint32
	loop
}

// loop is what fold needs to know of a loop.
type loop struct {
	entry, header int  // the blocks that fall into the loop, and that it starts with
	conditional   bool // a back edge is no plain br
	back          int  // the last back edge, an index in scanner.backs plus one
	dispatch      dispatch
}

// back is a back edge: a block that ends in a plain br to a loop.
type back struct {
	block   int
	next    int  // the back edge before this one of the same loop, as in loop.back
	forward bool // the loop passes it on to a place further down: see dispatch
}

// scanner finds the blocks of a body, and what each is to be charged.
type scanner struct {
	m       *wasmbin.Module
	r       *wasmbin.Reader
	costs   Costs
	oracle  bool
	stretch uint32

	// The result of scan.
	blocks []block
	edits  []edit

	frames []frame
	opened int // frames so far
	backs  []back
	labels []uint32
	tail   tail
	dead   bool   // the current instruction cannot be reached
	since  uint32 // cost of the longest way from a check to here
	total  uint64 // cost of all blocks
	leaf   bool   // neither loops nor calls so far
}

func newScanner(m *wasmbin.Module, cfg Config) *scanner {
	s := &scanner{m: m, r: wasmbin.NewReader(m), costs: cfg.Costs, oracle: cfg.Oracle, stretch: maxStretch * cfg.Costs.Instruction}
	if cfg.stretch != 0 {
		s.stretch = cfg.stretch
	}
	return s
}

// scan fills blocks and edits for defined function i.
func (s *scanner) scan(i int) error {
	s.blocks = append(s.blocks[:0], block{check: true})
	s.edits, s.frames, s.backs = s.edits[:0], append(s.frames[:0], frame{op: wasmbin.OpBlock}), s.backs[:0]
	s.opened, s.tail = 0, tail{}
	s.dead, s.since, s.total, s.leaf = false, 0, 0, true
	for s.r.Reset(len(s.m.Types[s.m.Funcs[i]].Params), &s.m.Code[i]); s.r.Next(); {
		if !s.dead {
			s.charge()
		}
		s.step()
	}
	if s.leaf && s.total <= maxLeaf*uint64(s.costs.Instruction) && !s.oracle {
		s.blocks[0].check = false
	}
	return s.r.Err()
}

// charge adds the current instruction to the current block.
func (s *scanner) charge() {
	cost := s.costs.of(s.r.Op)
	if cost == 0 {
		return
	}
	far := cost
	if s.r.Op == wasmbin.OpCall || s.r.Op == wasmbin.OpCallIndirect {
		far += maxLeaf * s.costs.Instruction // the callee may be one without a check
	}
	switch {
	case s.oracle:
		s.open(s.r.Pos, false)
	case s.since+far > s.stretch:
		s.open(s.r.Pos, true)
		s.since = 0
	}
	s.blocks[len(s.blocks)-1].cost += cost
	s.since += far
	s.total += uint64(cost)
}

// open starts a block.
func (s *scanner) open(pos int, check bool) {
	s.blocks = append(s.blocks, block{pos: pos, check: check})
	s.dead = false
}

// step follows the flow of control through the current instruction.
func (s *scanner) step() {
	in := &s.r.Instr
	s.tail.add(in)
	switch in.Op {
	case wasmbin.OpBlock, wasmbin.OpLoop, wasmbin.OpIf:
		s.enter(in)
	case wasmbin.OpElse:
		f := &s.frames[len(s.frames)-1]
		f.op, f.live = wasmbin.OpElse, !s.dead
		if f.live {
			f.reach = max(f.reach, s.since)
		}
		if !f.dead {
			s.open(in.End, false)
			s.since = f.start
		}
	case wasmbin.OpEnd:
		s.leave(in)
	case wasmbin.OpBr:
		s.branch(in.Index, true)
		s.dead = true
	case wasmbin.OpBrIf:
		s.branch(in.Index, false)
		if !s.dead {
			s.open(in.End, false)
		}
	case wasmbin.OpBrTable:
		s.labels = s.r.AppendLabels(s.labels[:0])
		s.noteDispatch(in)
		for _, l := range s.labels {
			s.branch(l, false)
		}
		s.dead = true
	case wasmbin.OpReturn, wasmbin.OpUnreachable:
		s.dead = true
	case wasmbin.OpCall, wasmbin.OpCallIndirect:
		s.leaf = false
	case wasmbin.OpMemoryGrow:
		s.edit(in, growHelper)
	case wasmbin.OpMemoryCopy, wasmbin.OpMemoryFill, wasmbin.OpMemoryInit:
		s.edit(in, bytesHelper)
	case wasmbin.OpTableCopy, wasmbin.OpTableFill, wasmbin.OpTableInit, wasmbin.OpTableGrow:
		s.edit(in, entriesHelper)
	}
}

func (s *scanner) edit(in *wasmbin.Instr, kind helper) {
	if !s.dead {
		s.edits = append(s.edits, edit{in.Pos, in.End, kind})
	}
}

// enter opens a frame.
func (s *scanner) enter(in *wasmbin.Instr) {
	s.opened++
	f := frame{op: in.Op, id: s.opened, dead: s.dead, start: s.since}
	if !s.dead {
		switch in.Op {
		case wasmbin.OpLoop:
			s.leaf = false
			f.entry = len(s.blocks) - 1
			s.open(in.End, true)
			f.header = len(s.blocks) - 1
		case wasmbin.OpIf:
			s.open(in.End, false)
		}
	}
	s.frames = append(s.frames, f)
}

// leave closes a frame at its end.
func (s *scanner) leave(in *wasmbin.Instr) {
	f := s.frames[len(s.frames)-1]
	s.frames = s.frames[:len(s.frames)-1]
	switch {
	case f.dead || len(s.frames) == 0:
		return
	case f.op == wasmbin.OpLoop:
		if !s.oracle {
			s.fold(&f.loop)
		}
		return
	}
	// What follows is reached by falling through, by a branch, past an if without else, or from the other arm.
	reached := f.target || f.live
	since := f.reach
	if f.op == wasmbin.OpIf {
		reached, since = true, max(since, f.start)
	}
	if !reached {
		return // as before: one way in or none
	}
	if !s.dead {
		since = max(since, s.since)
	}
	s.open(in.End, false)
	s.since = since
}

// branch notes that the current block can end in a branch to a label; plain says that it always does, by br.
func (s *scanner) branch(label uint32, plain bool) {
	if s.dead {
		return
	}
	f := &s.frames[len(s.frames)-1-int(label)]
	switch {
	case f.op != wasmbin.OpLoop:
		f.target, f.reach = true, max(f.reach, s.since)
	case plain:
		s.backs = append(s.backs, back{block: len(s.blocks) - 1, next: f.back, forward: s.passOn(f)})
		f.back = len(s.backs)
	default:
		f.conditional = true
	}
}
