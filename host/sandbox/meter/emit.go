package meter

import "workcell/host/sandbox/wasmbin"

// edit is an instruction that becomes another one, or more.
type edit struct {
	pos, end int // of the instruction
	kind     editKind
	branch   int // of editBranch: an index in scanner.branches
}

type editKind uint8

const (
	editGrow    editKind = iota // memory.grow
	editBytes                   // its price depends on a number of bytes
	editEntries                 // its price depends on a number of table entries
	editBranch                  // its label changes, or the fuel is looked at on its way
	editLoop                    // a loop that is wrapped
	editLoopEnd                 // its end
)

// emitter writes the bodies of a metered module.
type emitter struct {
	costs   Costs
	fuel    uint32 // the global
	refuel  uint32 // the imported function
	next    uint32 // the next helper's index
	helpers [helpers]uint32
	added   []helper // in the order of their indices
}

func newEmitter(m *wasmbin.Module, costs Costs, fuel, refuel uint32) *emitter {
	return &emitter{costs: costs, fuel: fuel, refuel: refuel, next: m.Imported(wasmbin.KindFunc) + uint32(len(m.Funcs))}
}

// bodies replaces all bodies of m by metered ones.
func (e *emitter) bodies(m *wasmbin.Module, s *scanner) error {
	total := 0
	for i := range m.Code {
		total += len(m.Code[i].Code)
	}
	all := make([]byte, 0, total+total*3/4)
	ends := make([]int, len(m.Code))
	for i := range m.Code {
		if err := s.scan(i); err != nil {
			return err
		}
		if len(s.blocks) > MaxBlocks && !s.oracle {
			return refuse(wasmbin.SectionCode, "function %d has %d blocks of code without branches, the limit is %d: split it", i, len(s.blocks), MaxBlocks)
		}
		all = e.body(all, m.Code[i].Code, s)
		ends[i] = len(all)
	}
	start := 0
	for i, end := range ends {
		m.Code[i].Code = all[start:end:end]
		start = end
	}
	return nil
}

// body appends a body with what was found in it. A charge comes before an edit at the same place.
func (e *emitter) body(dst, code []byte, s *scanner) []byte {
	done, edits := 0, s.edits
	edit := func() {
		x := &edits[0]
		dst = e.edit(append(dst, code[done:x.pos]...), code[x.pos:x.end], x, s)
		done, edits = x.end, edits[1:]
	}
	for i := range s.blocks {
		b := &s.blocks[i]
		if b.cost == 0 && !b.check {
			continue
		}
		for len(edits) > 0 && edits[0].pos < b.pos {
			edit()
		}
		dst = append(dst, code[done:b.pos]...)
		done = b.pos
		if b.cost != 0 {
			dst = e.charge(dst, b.cost)
		}
		if b.check {
			dst = e.check(dst)
		}
	}
	for len(edits) > 0 {
		edit()
	}
	return append(dst, code[done:]...)
}

// edit appends what becomes of an instruction.
func (e *emitter) edit(dst, code []byte, x *edit, s *scanner) []byte {
	switch x.kind {
	case editGrow:
		return e.call(dst, e.index(growHelper))
	case editBytes:
		return append(e.call(dst, e.index(bytesHelper)), code...)
	case editEntries:
		return append(e.call(dst, e.index(entriesHelper)), code...)
	case editLoop:
		dst = append(append(dst, code...), byte(wasmbin.OpBlock))
		return append(append(dst, code[1:]...), byte(wasmbin.OpBlock), emptyType)
	case editLoopEnd:
		dst = append(dst, byte(wasmbin.OpBr), 1, byte(wasmbin.OpEnd))
		return append(e.call(dst, e.index(refuelHelper)), byte(wasmbin.OpBr), 1, byte(wasmbin.OpEnd), byte(wasmbin.OpEnd))
	}
	b := &s.branches[x.branch]
	targets := s.targets[b.first : b.first+b.n]
	switch {
	case b.op == wasmbin.OpBrTable:
		dst = wasmbin.AppendU32(append(dst, byte(b.op)), uint32(len(targets)-1))
		for _, t := range targets {
			dst = wasmbin.AppendU32(dst, t.label)
		}
		return dst
	case b.check && b.op == wasmbin.OpBr:
		return e.back(dst, targets[0].label)
	case b.check:
		return append(e.back(append(dst, byte(wasmbin.OpIf), emptyType), targets[0].label+1), byte(wasmbin.OpEnd))
	}
	return wasmbin.AppendU32(append(dst, byte(b.op)), targets[0].label)
}

// back appends a branch to a wrapped loop with a look at the fuel.
func (e *emitter) back(dst []byte, label uint32) []byte {
	dst = append(e.low(dst), byte(wasmbin.OpBrIf))
	dst = append(wasmbin.AppendU32(dst, label-wrapDepth), byte(wasmbin.OpBr))
	return wasmbin.AppendU32(dst, label)
}

// charge takes the cost from the fuel.
func (e *emitter) charge(dst []byte, cost uint32) []byte {
	dst = e.get(dst)
	dst = wasmbin.AppendS64(append(dst, byte(wasmbin.OpI64Const)), int64(cost))
	return e.set(append(dst, byte(wasmbin.OpI64Sub)))
}

// check calls for more if there is less than no fuel. The call stands in the else arm: of two ways that meet, the engine
// keeps the registers of the first one.
func (e *emitter) check(dst []byte) []byte {
	dst = append(e.get(dst), byte(wasmbin.OpI64Const), 0, opI64GeS, byte(wasmbin.OpIf), emptyType, byte(wasmbin.OpElse))
	return append(e.call(dst, e.index(refuelHelper)), byte(wasmbin.OpEnd))
}

const opI64GeS = 0x59

// low appends the question whether less than no fuel is left.
func (e *emitter) low(dst []byte) []byte {
	return append(e.get(dst), byte(wasmbin.OpI64Const), 0, byte(wasmbin.OpI64LtS))
}

const emptyType = 0x40 // of a block without parameters and results

func (e *emitter) get(dst []byte) []byte {
	return wasmbin.AppendU32(append(dst, byte(wasmbin.OpGlobalGet)), e.fuel)
}

func (e *emitter) set(dst []byte) []byte {
	return wasmbin.AppendU32(append(dst, byte(wasmbin.OpGlobalSet)), e.fuel)
}

func (e *emitter) call(dst []byte, f uint32) []byte {
	return wasmbin.AppendU32(append(dst, byte(wasmbin.OpCall)), f)
}
