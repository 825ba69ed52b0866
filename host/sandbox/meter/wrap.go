package meter

import (
	"cmp"
	"slices"

	"workcell/host/sandbox/wasmbin"
)

// A loop that repeats has to look at the fuel. A call in it would cost more than the look: all that lives across the call
// is kept on the stack, also while nobody calls. So the call is put where no value of the loop is changed any more, and
// where only a branch leads to, which goes on at the loop's start, where all ways meet anyhow:
//
//	loop T                    loop T
//	                            block T
//	                              block
//	  body                          body
//	  br 0                          br_if 0 (fuel < 0); br 2
//	  br_if 0                       if; br_if 1 (fuel < 0); br 3; end
//	  rest                          rest
//	                                br 1
//	                              end
//	                              call $more; br 1
//	                            end
//	end                       end
//
// All branches out of the body and to the loop get another label.

// branch is a br, br_if or br_table.
type branch struct {
	pos, end int
	op       wasmbin.Op
	check    bool // it is a back edge of a wrapped loop, and looks at the fuel
	from     int  // the id of its frame
	first, n int  // its targets, in scanner.targets
}

// target is a label of a branch, and the id of the frame it stands for.
type target struct {
	label uint32
	to    int
}

// nest is where a frame is.
type nest struct {
	parent int    // the id of the frame around it
	depth  uint32 // blocks that were put around it, in it if it is a loop, and around its parents
}

// wrapDepth is how many blocks a wrapped loop gets inside.
const wrapDepth = 2

// wrap decides how a loop that is complete looks at the fuel.
func (s *scanner) wrap(in *wasmbin.Instr, f *frame) {
	s.blocks[f.header].check = false
	switch {
	case !s.repeats(&f.loop):
		return
	case f.table || f.blockType >= 0 && len(s.m.Types[f.blockType].Params) > 0:
		s.blocks[f.header].check = true
		return
	}
	for i := f.back; i != 0; i = s.backs[i-1].next {
		b := &s.backs[i-1]
		s.branches[b.branch].check = !b.forward
	}
	s.wrapped, s.nests[f.id].depth = true, wrapDepth
	s.edits = append(s.edits, edit{pos: f.pos, end: f.end, kind: editLoop}, edit{pos: in.Pos, end: in.End, kind: editLoopEnd})
}

// repeats reports whether a back edge may close a cycle.
func (s *scanner) repeats(l *loop) bool {
	for i := l.back; i != 0; i = s.backs[i-1].next {
		if !s.backs[i-1].forward {
			return true
		}
	}
	return false
}

// relabel adds the branches that change to the edits, and puts these into order.
func (s *scanner) relabel() {
	if !s.wrapped {
		return
	}
	for i := range s.nests[1:] {
		s.nests[i+1].depth += s.nests[s.nests[i+1].parent].depth
	}
	for i := range s.branches {
		b := &s.branches[i]
		changed := b.check
		for j := range s.targets[b.first : b.first+b.n] {
			t := &s.targets[b.first+j]
			by := s.nests[b.from].depth
			if t.to != 0 {
				by -= s.nests[s.nests[t.to].parent].depth
			}
			t.label += by
			changed = changed || by != 0
		}
		if changed {
			s.edits = append(s.edits, edit{pos: b.pos, end: b.end, kind: editBranch, branch: i})
		}
	}
	slices.SortFunc(s.edits, func(a, b edit) int { return cmp.Compare(a.pos, b.pos) })
}
