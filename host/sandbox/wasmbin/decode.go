package wasmbin

import (
	"bytes"
	"slices"
)

// magic is the start of every module: "\0asm" and version 1.
const magic = "\x00asm\x01\x00\x00\x00"

// decoder decodes a module. After the first error nothing more is read, so that steps need not look for errors.
type decoder struct {
	cursor
	m         *Module
	n         counts  // of what was decoded so far
	constants int     // globals a constant expression may refer to: the imported ones
	locals    []Local // of all bodies
	named     bool    // there was a name section
}

// Decode decodes a module. It retains b: the Module's byte slices are views of it. It refuses everything the
// specification calls malformed, indices of what is not there, features outside the core specification version 2 and
// modules beyond the limits of this package. The error is an *Error.
//
// Numbers that are encoded longer than need be are accepted and made short, so that no reader after this one can see
// other instructions in the bytes than this one did.
func Decode(b []byte) (*Module, error) {
	d := decoder{m: &Module{}}
	d.b, d.end, d.collect = b, len(b), true
	d.module()
	if d.err != nil {
		return nil, d.err
	}
	return d.m, nil
}

func (d *decoder) module() {
	switch {
	case len(d.b) > MaxModuleBytes:
		d.tooBig(0, "bytes", uint64(len(d.b)), MaxModuleBytes)
		return
	case !bytes.HasPrefix(d.b, []byte(magic[:4])):
		d.malformed(0, "magic header not detected")
		return
	case !bytes.HasPrefix(d.b, []byte(magic)):
		d.malformed(4, "unknown binary version")
		return
	}
	d.p = len(magic)
	last, place, datas := SectionHeader, SectionHeader, -1
	for d.p < len(d.b) && d.err == nil {
		at := d.p
		id := SectionID(d.byte())
		d.section = id
		size := d.u32()
		if uint64(size) > uint64(len(d.b)-d.p) {
			d.malformed(at, "length out of bounds: a section of %d bytes, %d are left", size, len(d.b)-d.p)
			return
		}
		if id != SectionCustom {
			if !d.follows(at, id, last) {
				return
			}
			last = id
		}
		d.end = d.p + int(size)
		d.pads = d.pads[:0]
		switch id {
		case SectionCustom:
			d.custom(place)
		case SectionDataCount:
			datas = int(d.u32())
			if d.m.DataCount, d.n.datas = true, datas; datas > MaxDatas {
				d.tooBig(at, "data segments", uint64(datas), MaxDatas)
			}
		default:
			if id == SectionCode && datas < 0 {
				d.n.datas = -1
			}
			d.body(id)
		}
		if d.err == nil && d.p != d.end {
			d.malformed(d.p, "section size mismatch: %d bytes are left over", d.end-d.p)
		}
		if d.err == nil {
			d.end = len(d.b)
			if id != SectionCustom && d.m.has(id) {
				place = id
			}
		}
	}
	d.section = SectionHeader
	switch {
	case d.err != nil:
	case len(d.m.Funcs) != len(d.m.Code):
		d.malformed(len(d.b), "function and code section have inconsistent lengths: %d and %d", len(d.m.Funcs), len(d.m.Code))
	case datas >= 0 && datas != len(d.m.Datas):
		d.malformed(len(d.b), "data count and data section have inconsistent lengths: %d and %d", datas, len(d.m.Datas))
	}
}

// follows reports whether a section may follow another one, and fails if not.
func (d *decoder) follows(at int, id, last SectionID) bool {
	rank := slices.Index(order[:], id)
	switch {
	case id == 13:
		d.unsupported(at, "exceptions", "the tag section")
	case rank < 0:
		d.malformed(at, "malformed section id %d", id)
	case rank <= slices.Index(order[:], last):
		d.malformed(at, "unexpected content: the %s section stands after the %s section", id, last)
	default:
		return true
	}
	return false
}

func (d *decoder) body(id SectionID) {
	switch id {
	case SectionTypes:
		d.types()
	case SectionImports:
		d.imports()
	case SectionFunctions:
		d.functions()
	case SectionTables:
		d.tables()
	case SectionMemories:
		d.memories()
	case SectionGlobals:
		d.globals()
	case SectionExports:
		d.exports()
	case SectionStart:
		d.m.HasStart, d.m.Start = true, d.index("function", d.n.funcs)
	case SectionElems:
		d.elems()
	case SectionCode:
		d.code()
	case SectionDatas:
		d.datas()
	}
}

func (d *decoder) custom(after SectionID) {
	at := d.p
	c := CustomSection{Name: string(d.name()), After: after}
	c.Bytes = d.take(uint32(d.end - d.p))
	if len(d.m.Customs) == MaxCustoms {
		d.tooBig(at, "custom sections", MaxCustoms+1, MaxCustoms)
	}
	if c.Name == nameSection && d.err == nil {
		if d.named {
			d.malformed(at, "a second name section")
		}
		d.named = true
		checkNames(&d.cursor, c.Bytes)
	}
	d.m.Customs = append(d.m.Customs, c)
}
