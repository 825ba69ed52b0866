package wasmbin

// Instr is an instruction as a Reader found it. Positions are byte offsets in the body's Code.
type Instr struct {
	Op       Op
	Pos      int // of the opcode
	Imm      int // of the first immediate
	End      int // of the next instruction
	IndexEnd int // of Index

	// Index is the first index: of the label, function, type, local, global, table, element or data segment. For br_table
	// it is the number of labels besides the default (see AppendLabels), for loads and stores log2 of the alignment.
	Index uint32
	// Index2 is the table of call_indirect and table.init, the source of table.copy, or the lane.
	Index2 uint32
	// Value is that of i32.const and i64.const, the offset of loads and stores, or a block's type: an index, or negative.
	Value int64
	// Opener is what else and end belong to: block, loop, if, else, or bodyOpener for the end of the body.
	Opener Op
}

// bodyOpener is the Opener of the last end.
const bodyOpener = OpUnreachable

// Reader walks through the instructions of bodies. It refuses what is malformed, blocks that are not balanced, and
// indices of what is not there. It does not allocate per instruction, nor per body after the first few.
//
//	for r.Reset(params, &body); r.Next(); {
//		use(&r.Instr)
//	}
//	err := r.Err()
type Reader struct {
	Instr

	c      cursor
	n      counts
	locals uint32
	open   []byte // what each open block was opened by
	done   bool
}

// NewReader returns a Reader for bodies of m. It does not see what is added to m later.
func NewReader(m *Module) *Reader { return &Reader{n: m.counts(), c: cursor{section: SectionCode}} }

// Reset starts with a body of a function that has so many parameters.
func (r *Reader) Reset(params int, b *Body) {
	pads, collect := r.c.pads[:0], r.c.collect
	r.c = cursor{b: b.Code, end: len(b.Code), base: b.offset, section: SectionCode, pads: pads, collect: collect}
	r.open = append(r.open[:0], byte(bodyOpener))
	r.Instr, r.done = Instr{}, false
	n := uint64(params)
	for _, l := range b.Locals {
		n += uint64(l.Count)
	}
	if r.locals = uint32(n); n > MaxLocals {
		r.c.tooBig(0, "locals", n, MaxLocals)
	}
}

// Depth returns how many blocks are open after the current instruction, the body itself included.
func (r *Reader) Depth() int { return len(r.open) }

// Err returns what ended the walk early: nil or an *Error.
func (r *Reader) Err() error {
	if r.c.err == nil {
		return nil
	}
	return r.c.err
}

// AppendLabels appends the labels of the current br_table to dst, the default last.
func (r *Reader) AppendLabels(dst []uint32) []uint32 {
	c := cursor{b: r.c.b, p: r.IndexEnd, end: r.End}
	for c.p < c.end {
		dst = append(dst, c.u32())
	}
	return dst
}

// Next reads the next instruction into r.Instr and reports whether there was one.
func (r *Reader) Next() bool {
	c := &r.c
	if r.done {
		if c.p < c.end {
			c.malformed(c.p, "bytes after the end of the function")
		}
		return false
	}
	in := &r.Instr
	in.Pos, in.Imm = c.p, c.p+1
	op := c.byte()
	in.Op = Op(op)
	switch {
	case op >= byte(OpI32Eqz) && op <= byte(OpI64Extend32S): // numeric
	case op >= byte(OpLocalGet) && op <= byte(OpLocalTee):
		r.index("local", int(r.locals))
	case op >= byte(OpI32Load) && op <= byte(OpI64Store32):
		r.memory()
	default:
		r.rest(op)
	}
	in.End = c.p
	return c.err == nil
}

func (r *Reader) index(what string, n int) {
	r.Index = r.c.index(what, n)
	r.IndexEnd = r.c.p
}

// rest reads what is no numeric instruction, nor one about locals or memory.
func (r *Reader) rest(op byte) {
	c, in := &r.c, &r.Instr
	switch in.Op {
	case OpUnreachable, OpNop, OpReturn, OpDrop, OpSelect, OpRefIsNull:
	case OpBlock, OpLoop, OpIf:
		in.Value = r.blockType()
		r.push(op)
	case OpElse:
		if in.Opener = Op(r.open[len(r.open)-1]); in.Opener != OpIf {
			c.malformed(in.Pos, "else without if")
		}
		r.open[len(r.open)-1] = op
	case OpEnd:
		in.Opener = Op(r.open[len(r.open)-1])
		r.open = r.open[:len(r.open)-1]
		r.done = len(r.open) == 0
	case OpBr, OpBrIf:
		r.index("label", len(r.open))
	case OpBrTable:
		in.Index = uint32(c.count("labels", MaxBodyBytes, 1))
		in.IndexEnd = c.p
		for i := uint32(0); i <= in.Index && c.err == nil; i++ {
			c.index("label", len(r.open))
		}
	case OpCall, OpRefFunc:
		r.index("function", r.n.funcs)
	case OpCallIndirect:
		r.index("type", r.n.types)
		in.Index2 = c.index("table", r.n.tables)
	case OpSelectTyped:
		at := c.p
		if n := c.u32(); n != 1 && c.err == nil {
			c.invalid(at, "select with %d types", n)
		}
		c.valueType()
	case OpGlobalGet, OpGlobalSet:
		r.index("global", r.n.globals)
	case OpTableGet, OpTableSet:
		r.index("table", r.n.tables)
	case OpMemorySize, OpMemoryGrow:
		r.needMemory()
		c.zero()
	case OpI32Const:
		in.Value = c.signed(32)
	case OpI64Const:
		in.Value = c.signed(64)
	case OpF32Const:
		c.skip(4)
	case OpF64Const:
		c.skip(8)
	case OpRefNull:
		c.refType()
	case prefixMisc:
		r.misc()
	case prefixVector:
		r.vector()
	default:
		c.unknownOp(in.Pos, op)
	}
}

func (r *Reader) push(op byte) {
	if len(r.open) > MaxNesting {
		r.c.tooBig(r.Pos, "nested blocks", uint64(len(r.open)), MaxNesting)
		return
	}
	r.open = append(r.open, op)
}

// blockType reads the type of a block: a negative number of one byte for none or one value type, or an index.
func (r *Reader) blockType() int64 {
	c := &r.c
	if c.p < c.end {
		switch x := c.b[c.p]; {
		case x == 0x40 || ValueType(x).valid():
			c.p++
			return int64(int8(x<<1) >> 1)
		case x < 0x80 && x&0x40 != 0:
			c.valueType() // says what is wrong
			return 0
		}
	}
	at := c.p
	v := c.signed(33)
	switch {
	case c.err != nil:
	case v < 0:
		c.malformed(at, "malformed block type")
	case v >= int64(r.n.types):
		c.invalid(at, "unknown type %d, there are %d", v, r.n.types)
	}
	return v
}

// memory reads the argument of a load or store.
func (r *Reader) memory() {
	c := &r.c
	r.needMemory()
	at := c.p
	r.Index = c.u32()
	switch {
	case r.Index&0x40 != 0 && r.Index < 0x80:
		c.unsupported(at, "multiple memories", "a memory's index")
	case r.Index >= 32:
		c.malformed(at, "malformed memop flags")
	}
	r.Value = int64(c.u32())
}

func (r *Reader) needMemory() {
	if r.n.memories == 0 {
		r.c.invalid(r.Pos, "unknown memory 0, there are 0")
	}
}
