package meter

import "workcell/host/sandbox/wasmbin"

// dispatch is how a loop passes control on: its header does nothing but branch by the value of a local.
//
//	loop
//	  block block ... block
//	    local.get $next  br_table 0 1 ... n
//	  end  A
//	  i32.const 2  local.set $next  br $loop      goes on at C, which is further down: no cycle by itself
//	  end  B
//	  i32.const 0  local.set $next  br $loop      goes on at A: a cycle
//	  end  C
//
// This is what Go's compiler makes of every function: most of its branches to the loop are jumps forward. A branch whose
// value is known and whose place is still to come needs no check. All ways without a check then lead further down in the
// code, so they have an end.
type dispatch struct {
	local uint32
	ways  []way // by the value of local; the last one is for all others. Nil: the loop is none of this kind.
}

// way is a frame to whose end the table branches: its place among the open frames, and its id.
type way struct{ frame, id int }

// tail is what the last instructions did.
type tail struct {
	constEnd, setEnd, getEnd int // ends of i32.const, of local.set right behind it, and of local.get
	value, set               int64
	setLocal, getLocal       uint32
}

// add looks at the next instruction.
func (t *tail) add(in *wasmbin.Instr) {
	switch in.Op {
	case wasmbin.OpI32Const:
		t.constEnd, t.value = in.End, in.Value
	case wasmbin.OpLocalSet:
		if in.Pos == t.constEnd {
			t.setEnd, t.setLocal, t.set = in.End, in.Index, t.value
		}
	case wasmbin.OpLocalGet:
		t.getEnd, t.getLocal = in.End, in.Index
	}
}

// noteDispatch looks whether a br_table, whose labels were read, makes its loop one that dispatches: nothing but the
// local.get before it has been paid for since the loop's start.
func (s *scanner) noteDispatch(in *wasmbin.Instr) {
	current := s.now
	if s.dead || s.oracle || in.Pos != s.tail.getEnd || s.blocks[current].cost != 2*s.costs.Instruction {
		return
	}
	at := len(s.frames) - 1
	for at > 0 && s.frames[at].op == wasmbin.OpBlock {
		at--
	}
	f := &s.frames[at]
	if f.op != wasmbin.OpLoop || f.header != current {
		return
	}
	ways := make([]way, len(s.labels))
	for i, l := range s.labels {
		to := len(s.frames) - 1 - int(l)
		ways[i] = way{to, s.frames[to].id}
	}
	f.dispatch = dispatch{local: s.tail.getLocal, ways: ways}
}

// passOn reports whether the br that is the current instruction, to the loop of f, goes on further down, and accounts for
// the way there.
func (s *scanner) passOn(f *frame) bool {
	d := &f.dispatch
	if d.ways == nil || s.r.Pos != s.tail.setEnd || s.tail.setLocal != d.local {
		return false
	}
	w := d.ways[min(uint64(uint32(s.tail.set)), uint64(len(d.ways)-1))]
	if w.frame >= len(s.frames) || s.frames[w.frame].id != w.id || s.frames[w.frame].op == wasmbin.OpLoop {
		return false // its end is behind us, or its start
	}
	to := &s.frames[w.frame]
	to.target, to.reach = true, max(to.reach, s.since+2*s.costs.Instruction)
	return true
}
