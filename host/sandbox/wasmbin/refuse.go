package wasmbin

// feature names the feature outside the core that an opcode byte belongs to, or is "" for one that nobody has defined.
func feature(op byte) string {
	switch {
	case op >= 0x06 && op <= 0x0a, op == 0x18, op == 0x19, op == 0x1f:
		return "exceptions"
	case op == 0x12, op == 0x13:
		return "tail calls"
	case op == 0x14, op == 0x15, op >= 0xd3 && op <= 0xd6:
		return "typed function references"
	case op == 0xfb:
		return "garbage collection"
	case op == 0xfe:
		return "threads"
	}
	return ""
}

func (c *cursor) unknownOp(at int, op byte) {
	if c.err != nil {
		return
	}
	if f := feature(op); f != "" {
		c.unsupported(at, f, "the instruction")
		return
	}
	c.malformed(at, "illegal opcode %#02x", op)
}

func (c *cursor) valueType() ValueType {
	at := c.p
	t := ValueType(c.byte())
	if !t.valid() && c.err == nil {
		c.unknownType(at, byte(t))
	}
	return t
}

func (c *cursor) refType() ValueType {
	at := c.p
	t := ValueType(c.byte())
	if !t.IsRef() && c.err == nil {
		if t.valid() {
			c.malformed(at, "malformed reference type %s", t)
		} else {
			c.unknownType(at, byte(t))
		}
	}
	return t
}

func (c *cursor) unknownType(at int, t byte) {
	switch {
	case t == 0x69 || t == 0x74:
		c.unsupported(at, "exceptions", "the type")
	case t == 0x63 || t == 0x64:
		c.unsupported(at, "typed function references", "the type")
	case t >= 0x6a && t <= 0x73 || t == 0x77 || t == 0x78:
		c.unsupported(at, "garbage collection", "the type")
	default:
		c.malformed(at, "malformed value type %#02x", t)
	}
}
