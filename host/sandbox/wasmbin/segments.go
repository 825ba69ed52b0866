package wasmbin

import "slices"

func (d *decoder) elems() {
	n := d.count("element segments", MaxElems, 2)
	d.m.Elems = slices.Grow(d.m.Elems, n)
	for range n {
		e := d.elem()
		if d.err != nil {
			return
		}
		d.m.Elems = append(d.m.Elems, e)
	}
	d.n.elems = n
}

func (d *decoder) elem() Elem {
	at := d.p
	e := Elem{Form: d.u32(), Type: FuncRef}
	if e.Form > 7 {
		d.malformed(at, "malformed element segment kind %d", e.Form)
	}
	if e.Active() {
		if e.Form&ElemExplicit != 0 {
			e.Table = d.index("table", d.n.tables)
		} else if d.n.tables == 0 {
			d.invalid(at, "unknown table 0, there are 0")
		}
		e.Offset = d.constant()
	}
	if e.Form&(ElemNotActive|ElemExplicit) != 0 {
		if e.Form&ElemExprs != 0 {
			e.Type = d.refType()
		} else if at := d.p; d.byte() != 0 {
			d.malformed(at, "malformed element kind")
		}
	}
	if e.Form&ElemExprs != 0 {
		n := d.count("entries of an element segment", MaxElemEntries, 2)
		e.Exprs = slices.Grow(e.Exprs, n)
		for range n {
			e.Exprs = append(e.Exprs, d.constant())
			if d.err != nil {
				break
			}
		}
		return e
	}
	n := d.count("entries of an element segment", MaxElemEntries, 1)
	e.Funcs = vector[uint32](n)
	for i := range e.Funcs {
		e.Funcs[i] = d.index("function", d.n.funcs)
	}
	return e
}

func (d *decoder) code() {
	at := d.p
	n := d.count("function bodies", MaxFunctions, 3)
	if n != len(d.m.Funcs) {
		d.malformed(at, "function and code section have inconsistent lengths: %d and %d", len(d.m.Funcs), n)
		return
	}
	d.m.Code = vector[Body](n)
	r := &Reader{n: d.n}
	r.c.collect = true
	end := d.end
	for i := range d.m.Code {
		at := d.p
		size := d.u32()
		switch {
		case uint64(size) > uint64(end-d.p):
			d.malformed(at, "length out of bounds: a body of %d bytes, %d are left", size, end-d.p)
			return
		case size > MaxBodyBytes:
			d.tooBig(at, "bytes of a body", uint64(size), MaxBodyBytes)
			return
		}
		d.end = d.p + int(size)
		d.function(r, i)
		if d.err != nil {
			return
		}
		d.end = end
	}
}

// function decodes the body of defined function i, which extends to d.end.
func (d *decoder) function(r *Reader, i int) {
	body := &d.m.Code[i]
	first := len(d.locals)
	for range d.count("groups of locals", MaxLocals, 2) {
		l := Local{Count: d.u32(), Type: d.valueType()}
		if d.err != nil {
			return
		}
		d.locals = append(d.locals, l)
	}
	if len(d.locals) > first {
		body.Locals = d.locals[first:len(d.locals):len(d.locals)]
	}
	body.offset = d.p
	body.Code = d.take(uint32(d.end - d.p))
	r.c.pads = r.c.pads[:0]
	r.Reset(len(d.m.Types[d.m.Funcs[i]].Params), body)
	for r.Next() {
	}
	switch {
	case r.c.err != nil:
		d.fail(r.c.err)
	case len(r.c.pads) > 0:
		body.Code = trim(make([]byte, 0, len(body.Code)), body.Code, 0, len(body.Code), r.c.pads)
	}
}

func (d *decoder) datas() {
	n := d.count("data segments", MaxDatas, 2)
	d.m.Datas = slices.Grow(d.m.Datas, n)
	for range n {
		at := d.p
		s := Data{Form: d.u32()}
		if s.Form > DataExplicit {
			d.malformed(at, "malformed data segment kind %d", s.Form)
		}
		if s.Form == DataExplicit {
			d.index("memory", d.n.memories)
		}
		if s.Active() {
			if d.n.memories == 0 {
				d.invalid(at, "unknown memory 0, there are 0")
			}
			s.Offset = d.constant()
		}
		s.Bytes = d.take(d.u32())
		if d.err != nil {
			return
		}
		d.m.Datas = append(d.m.Datas, s)
	}
}
