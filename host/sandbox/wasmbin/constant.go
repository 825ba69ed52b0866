package wasmbin

// constant reads a constant expression and returns it with its end, numbers made short.
func (d *decoder) constant() []byte {
	start := d.p
	d.pads = d.pads[:0]
	for ended := false; !ended && d.err == nil; {
		at := d.p
		op := d.byte()
		switch Op(op) {
		case OpEnd:
			ended = true
		case OpI32Const:
			d.signed(32)
		case OpI64Const:
			d.signed(64)
		case OpF32Const:
			d.skip(4)
		case OpF64Const:
			d.skip(8)
		case OpGlobalGet:
			d.index("imported global", d.constants)
		case OpRefNull:
			d.refType()
		case OpRefFunc:
			d.index("function", d.n.funcs)
		case prefixVector:
			if sub := d.u32(); sub != uint32(OpV128Const&0xff) {
				d.invalid(at, "constant expression required, found a vector instruction")
			}
			d.skip(16)
		case OpI32Add, OpI32Sub, OpI32Mul, OpI64Add, OpI64Sub, OpI64Mul:
			d.unsupported(at, "extended constant expressions", "the instruction")
		default:
			if f := feature(op); f != "" || d.err != nil {
				d.unknownOp(at, op)
			} else {
				d.invalid(at, "constant expression required, found %s", Op(op))
			}
		}
	}
	switch {
	case d.err != nil:
		return nil
	case len(d.pads) > 0:
		return trim(make([]byte, 0, d.p-start), d.b, start, d.p, d.pads)
	}
	return d.b[start:d.p:d.p]
}

// Constant returns the value of an expression that is a single i32.const, as a segment's offset mostly is.
func Constant(expr []byte) (value int32, ok bool) {
	if len(expr) < 3 || Op(expr[0]) != OpI32Const {
		return 0, false
	}
	c := cursor{b: expr, p: 1, end: len(expr)}
	v := c.signed(32)
	return int32(v), c.err == nil && c.p+1 == len(expr) && Op(expr[c.p]) == OpEnd
}
