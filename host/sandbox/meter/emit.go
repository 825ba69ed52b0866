package meter

import "workcell/host/sandbox/wasmbin"

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
		all = e.body(all, m.Code[i].Code, s.blocks, s.edits)
		ends[i] = len(all)
	}
	start := 0
	for i, end := range ends {
		m.Code[i].Code = all[start:end:end]
		start = end
	}
	return nil
}

// body appends a body with the charges and checks of its blocks. A charge comes before an edit at the same place.
func (e *emitter) body(dst, code []byte, blocks []block, edits []edit) []byte {
	done := 0
	for i := range blocks {
		b := &blocks[i]
		if b.cost == 0 && !b.check {
			continue
		}
		for len(edits) > 0 && edits[0].pos < b.pos {
			dst, done = e.edit(dst, code, done, edits[0])
			edits = edits[1:]
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
	for _, x := range edits {
		dst, done = e.edit(dst, code, done, x)
	}
	return append(dst, code[done:]...)
}

// edit appends code from done on up to and including an edited instruction.
func (e *emitter) edit(dst, code []byte, done int, x edit) ([]byte, int) {
	dst = e.call(append(dst, code[done:x.pos]...), e.index(x.kind))
	if x.kind == growHelper {
		return dst, x.end // the helper does it
	}
	return append(dst, code[x.pos:x.end]...), x.end
}

// charge takes the cost from the fuel.
func (e *emitter) charge(dst []byte, cost uint32) []byte {
	dst = e.get(dst)
	dst = wasmbin.AppendS64(append(dst, byte(wasmbin.OpI64Const)), int64(cost))
	return e.set(append(dst, byte(wasmbin.OpI64Sub)))
}

// check calls for more if there is less than no fuel.
func (e *emitter) check(dst []byte) []byte {
	dst = append(e.get(dst), byte(wasmbin.OpI64Const), 0, byte(wasmbin.OpI64LtS), byte(wasmbin.OpIf), emptyType)
	return append(e.call(dst, e.index(refuelHelper)), byte(wasmbin.OpEnd))
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
