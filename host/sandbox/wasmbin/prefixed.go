package wasmbin

// misc reads an instruction with the prefix 0xfc.
func (r *Reader) misc() {
	c, in := &r.c, &r.Instr
	sub := c.u32()
	in.Imm, in.Op = c.p, Op(prefixMisc<<8|sub&0xff)
	if sub > 0xff {
		c.unknownOp(in.Pos, prefixMisc)
		return
	}
	switch in.Op {
	case OpMemoryInit, OpDataDrop:
		if r.n.datas < 0 {
			c.malformed(in.Pos, "data count section required")
			return
		}
		r.index("data segment", r.n.datas)
		if in.Op == OpMemoryInit {
			r.needMemory()
			c.zero()
		}
	case OpMemoryCopy, OpMemoryFill:
		r.needMemory()
		c.zero()
		if in.Op == OpMemoryCopy {
			c.zero()
		}
	case OpTableInit:
		r.index("element segment", r.n.elems)
		in.Index2 = c.index("table", r.n.tables)
	case OpElemDrop:
		r.index("element segment", r.n.elems)
	case OpTableCopy:
		r.index("table", r.n.tables)
		in.Index2 = c.index("table", r.n.tables)
	case OpTableGrow, OpTableSize, OpTableFill:
		r.index("table", r.n.tables)
	default:
		if sub > 7 { // up to 7: saturating truncations
			c.unknownOp(in.Pos, prefixMisc)
		}
	}
}

// vector reads an instruction with the prefix 0xfd.
func (r *Reader) vector() {
	c, in := &r.c, &r.Instr
	sub := c.u32()
	in.Imm, in.Op = c.p, Op(prefixVector<<8|sub&0xff)
	switch {
	case sub <= 11, sub == 92, sub == 93: // loads and a store, some with splat, extension or zeros
		r.memory()
	case sub == 12, sub == 13: // v128.const, i8x16.shuffle
		c.skip(16)
	case sub >= 21 && sub <= 34: // extract and replace lane
		in.Index2 = uint32(c.byte())
	case sub >= 84 && sub <= 91: // load and store lane
		r.memory()
		in.Index2 = uint32(c.byte())
	case sub >= 0x100 && sub <= 0x12f:
		c.unsupported(in.Pos, "relaxed SIMD", "the instruction")
	case sub > 0xff || vectorHole(sub):
		c.unknownOp(in.Pos, prefixVector)
	}
}

// vectorHole reports whether no instruction has the number.
func vectorHole(sub uint32) bool {
	switch sub {
	case 0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4, 0xe2, 0xee:
		return true
	}
	return false
}
