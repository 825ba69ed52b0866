package wasmbin

import "slices"

func (d *decoder) types() {
	n := d.count("types", MaxTypes, 2)
	d.m.Types = slices.Grow(d.m.Types, n)
	for range n {
		at := d.p
		switch form := d.byte(); {
		case d.err != nil, form == 0x60:
		case form >= 0x4d && form <= 0x5f:
			d.unsupported(at, "garbage collection", "the type")
		default:
			d.malformed(at, "malformed type %#02x", form)
		}
		t := FuncType{Params: d.valueTypes("parameters", MaxParams), Results: d.valueTypes("results", MaxResults)}
		if d.err != nil {
			return
		}
		d.m.Types = append(d.m.Types, t)
	}
	d.n.types = n
}

func (d *decoder) valueTypes(what string, most uint32) []byte {
	n := d.count(what, most, 1)
	start := d.p
	for range n {
		d.valueType()
	}
	if d.err != nil {
		return nil
	}
	return d.b[start:d.p:d.p]
}

func (d *decoder) imports() {
	n := d.count("imports", MaxImports, 4)
	d.m.Imports = slices.Grow(d.m.Imports, n)
	for range n {
		i := Import{Module: string(d.name()), Name: string(d.name())}
		at := d.p
		switch i.Kind = Kind(d.byte()); i.Kind {
		case KindFunc:
			i.Type = d.index("type", d.n.types)
			d.n.funcs++
		case KindTable:
			i.Table = d.table()
			d.n.tables++
		case KindMemory:
			i.Memory = d.memory()
			d.n.memories++
			d.oneMemory(at)
		case KindGlobal:
			i.Global = d.globalType()
			d.n.globals++
		case 4:
			d.unsupported(at, "exceptions", "a tag")
		default:
			d.malformed(at, "malformed import kind %d", i.Kind)
		}
		if d.err != nil {
			return
		}
		d.m.Imports = append(d.m.Imports, i)
	}
	d.constants = d.n.globals
}

func (d *decoder) functions() {
	n := d.count("functions", MaxFunctions, 1)
	d.m.Funcs = vector[uint32](n)
	for i := range d.m.Funcs {
		d.m.Funcs[i] = d.index("type", d.n.types)
	}
	d.n.funcs += n
}

func (d *decoder) tables() {
	n := d.count("tables", MaxTables, 3)
	for range n {
		if d.p < d.end && d.b[d.p] == 0x40 {
			d.unsupported(d.p, "typed function references", "a table's initialiser")
		}
		d.m.Tables = append(d.m.Tables, d.table())
	}
	if d.n.tables += n; d.n.tables > MaxTables {
		d.tooBig(d.p, "tables", uint64(d.n.tables), MaxTables)
	}
}

func (d *decoder) table() Table {
	t := Table{Elem: d.refType()}
	at := d.p
	t.Limits = d.limits()
	if t.Min > MaxTableEntries {
		d.tooBig(at, "table entries", uint64(t.Min), MaxTableEntries)
	}
	return t
}

func (d *decoder) memories() {
	at := d.p
	n := d.count("memories", MaxMemories+1, 2)
	for range n {
		d.m.Memories = append(d.m.Memories, d.memory())
	}
	d.n.memories += n
	d.oneMemory(at)
}

func (d *decoder) oneMemory(at int) {
	if d.n.memories > MaxMemories && d.err == nil {
		d.unsupported(at, "multiple memories", "a second memory")
	}
}

func (d *decoder) memory() Limits {
	at := d.p
	l := d.limits()
	if l.Min > MaxMemoryPages || l.Max > MaxMemoryPages {
		d.invalid(at, "memory size must be at most %d pages", MaxMemoryPages)
	}
	return l
}

func (d *decoder) limits() Limits {
	var l Limits
	at := d.p
	switch form := d.byte(); {
	case d.err != nil:
	case form <= 1:
		l.HasMax = form == 1
	case form <= 3:
		d.unsupported(at, "threads", "a shared memory")
	case form <= 7:
		d.unsupported(at, "64-bit memory", "an index type")
	default:
		d.malformed(at, "malformed limits flags %#02x", form)
	}
	l.Min = d.u32()
	if l.HasMax {
		l.Max = d.u32()
		if l.Min > l.Max {
			d.invalid(at, "size minimum must not be greater than maximum")
		}
	}
	return l
}

func (d *decoder) globalType() GlobalType {
	t := GlobalType{Type: d.valueType()}
	at := d.p
	switch x := d.byte(); {
	case x > 1 && x <= 3:
		d.unsupported(at, "threads", "a shared global")
	case x > 1:
		d.malformed(at, "malformed mutability %#02x", x)
	default:
		t.Mutable = x == 1
	}
	return t
}

func (d *decoder) globals() {
	n := d.count("globals", MaxGlobals, 3)
	d.m.Globals = slices.Grow(d.m.Globals, n)
	for range n {
		g := Global{GlobalType: d.globalType(), Init: d.constant()}
		if d.err != nil {
			return
		}
		d.m.Globals = append(d.m.Globals, g)
	}
	d.n.globals += n
}

func (d *decoder) exports() {
	n := d.count("exports", MaxExports, 3)
	d.m.Exports = slices.Grow(d.m.Exports, n)
	seen := make(map[string]struct{}, n)
	for range n {
		at := d.p
		e := Export{Name: string(d.name())}
		kindAt := d.p
		switch e.Kind = Kind(d.byte()); e.Kind {
		case KindFunc:
			e.Index = d.index("function", d.n.funcs)
		case KindTable:
			e.Index = d.index("table", d.n.tables)
		case KindMemory:
			e.Index = d.index("memory", d.n.memories)
		case KindGlobal:
			e.Index = d.index("global", d.n.globals)
		case 4:
			d.unsupported(kindAt, "exceptions", "a tag")
		default:
			d.malformed(kindAt, "malformed export kind %d", e.Kind)
		}
		if _, ok := seen[e.Name]; ok && d.err == nil {
			d.invalid(at, "duplicate export name %q", e.Name)
		}
		if d.err != nil {
			return
		}
		seen[e.Name] = struct{}{}
		d.m.Exports = append(d.m.Exports, e)
	}
}

// vector returns a slice of n items, or nil, so that a vector left out is the same as an empty one.
func vector[T any](n int) []T {
	if n == 0 {
		return nil
	}
	return make([]T, n)
}
