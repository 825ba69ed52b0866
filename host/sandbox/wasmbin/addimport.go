package wasmbin

import "slices"

// AddImport adds an imported function as the last one and returns its index. So only defined functions move, up by one;
// what refers to them is corrected: calls, ref.func, element segments, exports, start, initialisers and names.
func (m *Module) AddImport(module, name string, t FuncType) (uint32, error) {
	first := m.Imported(KindFunc)
	if err := m.shiftBodies(first); err != nil {
		return 0, err
	}
	for i := range m.Customs {
		c := &m.Customs[i]
		if c.Name != nameSection {
			continue
		}
		names := cursor{b: c.Bytes, end: len(c.Bytes), section: SectionCustom}
		moved := shiftNames(make([]byte, 0, len(c.Bytes)+len(c.Bytes)/16), &names, first, 1)
		if names.err != nil {
			return 0, names.err
		}
		c.Bytes = moved
	}
	m.Imports = append(slices.Clip(m.Imports), Import{Module: module, Name: name, Kind: KindFunc, Type: m.AddType(t)})
	for i := range m.Exports {
		if e := &m.Exports[i]; e.Kind == KindFunc {
			e.Index = shifted(e.Index, first, 1)
		}
	}
	if m.HasStart {
		m.Start = shifted(m.Start, first, 1)
	}
	for i := range m.Globals {
		m.Globals[i].Init = shiftConstant(m.Globals[i].Init, first)
	}
	for i := range m.Elems {
		e := &m.Elems[i]
		for j := range e.Funcs {
			e.Funcs[j] = shifted(e.Funcs[j], first, 1)
		}
		for j := range e.Exprs {
			e.Exprs[j] = shiftConstant(e.Exprs[j], first)
		}
	}
	return first, nil
}

// shiftBodies corrects what bodies say about functions from first on. It changes nothing if it fails.
func (m *Module) shiftBodies(first uint32) error {
	total := 0
	for i := range m.Code {
		total += len(m.Code[i].Code)
	}
	all := make([]byte, 0, total+total/32)
	ends := make([]int, len(m.Code))
	r := NewReader(m)
	for i := range m.Code {
		code, done := m.Code[i].Code, 0
		for r.Reset(len(m.Types[m.Funcs[i]].Params), &m.Code[i]); r.Next(); {
			if (r.Op == OpCall || r.Op == OpRefFunc) && r.Index >= first {
				all = AppendU32(append(all, code[done:r.Imm]...), r.Index+1)
				done = r.End
			}
		}
		if err := r.Err(); err != nil {
			return err
		}
		all = append(all, code[done:]...)
		ends[i] = len(all)
	}
	start := 0
	for i, end := range ends {
		m.Code[i].Code = all[start:end:end]
		start = end
	}
	return nil
}

// shiftConstant corrects what a constant expression says about functions from first on. In the core such an expression
// is a single instruction; more of them are not valid, and stay as they are for the engine to refuse.
func shiftConstant(expr []byte, first uint32) []byte {
	if len(expr) == 0 || Op(expr[0]) != OpRefFunc {
		return expr
	}
	c := cursor{b: expr, p: 1, end: len(expr)}
	i := c.u32()
	if i < first {
		return expr
	}
	return append(AppendU32([]byte{byte(OpRefFunc)}, i+1), expr[c.p:]...)
}
