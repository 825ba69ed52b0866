package wasmbin

// Append appends the module's binary form to dst. Sections without content are left out and all numbers outside custom
// sections are as short as can be, so that a module which was decoded from such bytes comes back byte for byte.
func (m *Module) Append(dst []byte) []byte {
	dst = append(dst, magic...)
	dst = m.appendCustoms(dst, SectionHeader)
	for _, id := range order {
		if m.has(id) {
			dst = reserve(append(dst, byte(id)))
			mark := len(dst)
			dst = closeSize(m.appendSection(dst, id), mark)
		}
		dst = m.appendCustoms(dst, id)
	}
	return dst
}

func (m *Module) appendCustoms(dst []byte, after SectionID) []byte {
	for i := range m.Customs {
		if c := &m.Customs[i]; c.After == after {
			dst = reserve(append(dst, byte(SectionCustom)))
			mark := len(dst)
			dst = closeSize(append(appendName(dst, c.Name), c.Bytes...), mark)
		}
	}
	return dst
}

// has reports whether a section has content.
func (m *Module) has(id SectionID) bool {
	switch id {
	case SectionStart:
		return m.HasStart
	case SectionDataCount:
		return m.DataCount
	}
	return m.count(id) > 0
}

// count returns the number of items in a section that is a vector.
func (m *Module) count(id SectionID) int {
	switch id {
	case SectionTypes:
		return len(m.Types)
	case SectionImports:
		return len(m.Imports)
	case SectionFunctions:
		return len(m.Funcs)
	case SectionTables:
		return len(m.Tables)
	case SectionMemories:
		return len(m.Memories)
	case SectionGlobals:
		return len(m.Globals)
	case SectionExports:
		return len(m.Exports)
	case SectionElems:
		return len(m.Elems)
	case SectionCode:
		return len(m.Code)
	case SectionDatas, SectionDataCount:
		return len(m.Datas)
	}
	return 0
}

func (m *Module) appendSection(dst []byte, id SectionID) []byte {
	if id == SectionStart {
		return AppendU32(dst, m.Start)
	}
	n := m.count(id)
	dst = AppendU32(dst, uint32(n))
	if id == SectionDataCount {
		return dst
	}
	for i := range n {
		switch id {
		case SectionTypes:
			dst = appendName(append(dst, 0x60), m.Types[i].Params)
			dst = appendName(dst, m.Types[i].Results)
		case SectionImports:
			dst = m.Imports[i].append(dst)
		case SectionFunctions:
			dst = AppendU32(dst, m.Funcs[i])
		case SectionTables:
			dst = m.Tables[i].append(dst)
		case SectionMemories:
			dst = m.Memories[i].append(dst)
		case SectionGlobals:
			dst = append(m.Globals[i].append(dst), m.Globals[i].Init...)
		case SectionExports:
			e := &m.Exports[i]
			dst = AppendU32(append(appendName(dst, e.Name), byte(e.Kind)), e.Index)
		case SectionElems:
			dst = m.Elems[i].append(dst)
		case SectionCode:
			dst = m.Code[i].append(dst)
		case SectionDatas:
			dst = m.Datas[i].append(dst)
		}
	}
	return dst
}

func (i *Import) append(dst []byte) []byte {
	dst = append(appendName(appendName(dst, i.Module), i.Name), byte(i.Kind))
	switch i.Kind {
	case KindFunc:
		return AppendU32(dst, i.Type)
	case KindTable:
		return i.Table.append(dst)
	case KindMemory:
		return i.Memory.append(dst)
	}
	return i.Global.append(dst)
}

func (t Table) append(dst []byte) []byte { return t.Limits.append(append(dst, byte(t.Elem))) }

func (l Limits) append(dst []byte) []byte {
	if !l.HasMax {
		return AppendU32(append(dst, 0), l.Min)
	}
	return AppendU32(AppendU32(append(dst, 1), l.Min), l.Max)
}

func (t GlobalType) append(dst []byte) []byte {
	if t.Mutable {
		return append(dst, byte(t.Type), 1)
	}
	return append(dst, byte(t.Type), 0)
}

func (e *Elem) append(dst []byte) []byte {
	dst = AppendU32(dst, e.Form)
	if e.Active() {
		if e.Form&ElemExplicit != 0 {
			dst = AppendU32(dst, e.Table)
		}
		dst = append(dst, e.Offset...)
	}
	if e.Form&(ElemNotActive|ElemExplicit) != 0 {
		if e.Form&ElemExprs != 0 {
			dst = append(dst, byte(e.Type))
		} else {
			dst = append(dst, 0)
		}
	}
	if e.Form&ElemExprs != 0 {
		dst = AppendU32(dst, uint32(len(e.Exprs)))
		for _, x := range e.Exprs {
			dst = append(dst, x...)
		}
		return dst
	}
	dst = AppendU32(dst, uint32(len(e.Funcs)))
	for _, f := range e.Funcs {
		dst = AppendU32(dst, f)
	}
	return dst
}

func (b *Body) append(dst []byte) []byte {
	dst = reserve(dst)
	mark := len(dst)
	dst = AppendU32(dst, uint32(len(b.Locals)))
	for _, l := range b.Locals {
		dst = append(AppendU32(dst, l.Count), byte(l.Type))
	}
	return closeSize(append(dst, b.Code...), mark)
}

func (d *Data) append(dst []byte) []byte {
	dst = AppendU32(dst, d.Form)
	if d.Form == DataExplicit {
		dst = AppendU32(dst, 0)
	}
	if d.Active() {
		dst = append(dst, d.Offset...)
	}
	return appendName(dst, d.Bytes)
}
