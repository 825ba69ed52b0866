package meter

import "workcell/host/sandbox/wasmbin"

const (
	// maxStretch is how much a way through a function may cost from one check to the next, in plain instructions. A call
	// of a function that begins with a check is one. A check more is put where the bound would be exceeded: it limits what
	// is done without a check while calls return, so much for each frame on the stack. At 512 it costs a Go guest nothing
	// that can be measured.
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

// frame is an open block, in the words of the specification: block, loop, if, else or the function's body.
type frame struct {
	op     wasmbin.Op
	id     int  // of no other frame of the body
	dead   bool // it was opened in code that cannot be reached
	target bool // a branch leads to its end
	live   bool // of else: the other arm falls through
	// The longest ways since the last check, in units: to the start of if, and to the end by branches.
	start, reach uint32
	before       int // the block it was opened in
	out          int // the outermost frame that a branch from inside leads to, or less than none by return
	loop
}

// loop is what is known of a loop.
type loop struct {
	pos, end      int   // of its instruction
	blockType     int64 // of it
	entry, header int   // the blocks that fall into the loop, and that it starts with
	back          int   // the last back edge, an index in scanner.backs plus one
	conditional   bool  // a back edge is no plain br
	table         bool  // a back edge is a br_table
	dispatch      dispatch
}

// back is a back edge: a block that ends in a branch to a loop.
type back struct {
	block   int
	branch  int  // an index in scanner.branches
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

	imported uint32 // functions
	leaves   []bool // by defined function: it is short, has neither loops nor calls, and does without a check

	// The result of scan.
	blocks []block
	edits  []edit

	now      int // the block of the current instruction
	frames   []frame
	nests    []nest // by the id of a frame
	backs    []back
	branches []branch
	targets  []target // of the branches
	labels   []uint32
	tail     tail
	wrapped  bool   // a loop is
	dead     bool   // the current instruction cannot be reached
	since    uint32 // cost of the longest way from a check to here
}

func newScanner(m *wasmbin.Module, cfg Config) *scanner {
	s := &scanner{m: m, r: wasmbin.NewReader(m), costs: cfg.Costs, oracle: cfg.Oracle, stretch: maxStretch * cfg.Costs.Instruction}
	if cfg.stretch != 0 {
		s.stretch = cfg.stretch
	}
	s.imported, s.leaves = m.Imported(wasmbin.KindFunc), make([]bool, len(m.Code))
	for i := range s.leaves {
		s.leaves[i] = !s.oracle && s.isLeaf(i)
	}
	return s
}

// isLeaf reports whether a defined function may run without a check. Whether its body is valid is for scan to say.
func (s *scanner) isLeaf(i int) bool {
	cost := uint32(0)
	for s.reset(i); s.r.Next() && cost <= maxLeaf*s.costs.Instruction; cost += s.costs.of(s.r.Op) {
		switch s.r.Op {
		case wasmbin.OpLoop, wasmbin.OpCall, wasmbin.OpCallIndirect:
			return false
		}
	}
	return cost <= maxLeaf*s.costs.Instruction
}

func (s *scanner) reset(i int) { s.r.Reset(len(s.m.Types[s.m.Funcs[i]].Params), &s.m.Code[i]) }

// scan fills blocks and edits for defined function i.
func (s *scanner) scan(i int) error {
	s.blocks = append(s.blocks[:0], block{check: !s.leaves[i]})
	s.edits, s.frames, s.backs = s.edits[:0], append(s.frames[:0], frame{op: wasmbin.OpBlock}), s.backs[:0]
	s.nests, s.branches, s.targets = append(s.nests[:0], nest{}), s.branches[:0], s.targets[:0]
	s.now, s.tail, s.wrapped = 0, tail{}, false
	s.dead, s.since = false, 0
	for s.reset(i); s.r.Next(); {
		if !s.dead {
			s.charge()
		}
		s.step()
	}
	s.relabel()
	return s.r.Err()
}

// charge adds the current instruction to the current block.
func (s *scanner) charge() {
	cost := s.costs.of(s.r.Op)
	if cost == 0 {
		return
	}
	far := cost
	if s.r.Op == wasmbin.OpCallIndirect || s.r.Op == wasmbin.OpCall && s.unchecked(s.r.Index) {
		far += maxLeaf * s.costs.Instruction
	}
	switch {
	case s.oracle:
		s.open(s.r.Pos, false)
	case s.since+far > s.stretch:
		s.open(s.r.Pos, true)
		s.since = 0
	}
	s.blocks[s.now].cost += cost
	s.since += far
}

// unchecked reports whether a call of function f may return without a look at the fuel.
func (s *scanner) unchecked(f uint32) bool { return f < s.imported || s.leaves[f-s.imported] }

// open starts a block.
func (s *scanner) open(pos int, check bool) {
	s.now = len(s.blocks)
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
		s.labels = append(s.labels[:0], in.Index)
		s.branch(in)
		s.dead = true
	case wasmbin.OpBrIf:
		s.labels = append(s.labels[:0], in.Index)
		s.branch(in)
		if !s.dead {
			s.open(in.End, false)
		}
	case wasmbin.OpBrTable:
		s.labels = s.r.AppendLabels(s.labels[:0])
		s.noteDispatch(in)
		s.branch(in)
		s.dead = true
	case wasmbin.OpReturn:
		s.frames[len(s.frames)-1].out = -1
		s.dead = true
	case wasmbin.OpUnreachable:
		s.dead = true
	case wasmbin.OpCall:
		if !s.oracle && !s.unchecked(in.Index) {
			s.since = 0
		}
	case wasmbin.OpMemoryGrow:
		s.edit(in, editGrow)
	case wasmbin.OpMemoryCopy, wasmbin.OpMemoryFill, wasmbin.OpMemoryInit:
		s.edit(in, editBytes)
	case wasmbin.OpTableCopy, wasmbin.OpTableFill, wasmbin.OpTableInit, wasmbin.OpTableGrow:
		s.edit(in, editEntries)
	}
}

func (s *scanner) edit(in *wasmbin.Instr, kind editKind) {
	if !s.dead {
		s.edits = append(s.edits, edit{pos: in.Pos, end: in.End, kind: kind})
	}
}

// enter opens a frame.
func (s *scanner) enter(in *wasmbin.Instr) {
	f := frame{op: in.Op, id: len(s.nests), dead: s.dead, start: s.since, before: s.now, out: len(s.frames)}
	s.nests = append(s.nests, nest{parent: s.frames[len(s.frames)-1].id})
	if !s.dead {
		switch in.Op {
		case wasmbin.OpLoop:
			f.pos, f.end, f.blockType, f.entry = in.Pos, in.End, in.Value, s.now
			s.open(in.End, true)
			f.header = s.now
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
	if n := len(s.frames); n > 0 {
		s.frames[n-1].out = min(s.frames[n-1].out, f.out)
	}
	switch {
	case f.dead || len(s.frames) == 0:
		return
	case f.op == wasmbin.OpLoop:
		if !s.oracle {
			s.fold(&f.loop)
			s.wrap(in, &f)
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
	if f.out < len(s.frames) || s.oracle {
		s.open(in.End, false)
	} else {
		s.now, s.dead = f.before, false // whoever came to the frame comes here
	}
	s.since = since
}

// branch notes a branch to s.labels: that the current block can end in it, or always does, by br.
func (s *scanner) branch(in *wasmbin.Instr) {
	from := &s.frames[len(s.frames)-1]
	s.branches = append(s.branches, branch{pos: in.Pos, end: in.End, op: in.Op, from: from.id, first: len(s.targets), n: len(s.labels)})
	for _, label := range s.labels {
		to := len(s.frames) - 1 - int(label)
		f := &s.frames[to]
		s.targets = append(s.targets, target{label, f.id})
		if s.dead {
			continue
		}
		from.out = min(from.out, to)
		if f.op != wasmbin.OpLoop {
			f.target, f.reach = true, max(f.reach, s.since)
			continue
		}
		s.backs = append(s.backs, back{
			block: s.now, branch: len(s.branches) - 1, next: f.back, forward: in.Op == wasmbin.OpBr && s.passOn(f),
		})
		f.back = len(s.backs)
		f.conditional = f.conditional || in.Op != wasmbin.OpBr
		f.table = f.table || in.Op == wasmbin.OpBrTable
	}
}
