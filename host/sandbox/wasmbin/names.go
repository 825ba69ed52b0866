package wasmbin

// nameSection is the custom section that holds the names of functions, locals and others.
const nameSection = "name"

// The subsections of the name section that speak of functions.
const (
	functionNames = 1
	localNames    = 2
	labelNames    = 3
)

// checkNames refuses a malformed name section: b, which c has just taken. Names of what is not there are harmless.
func checkNames(c *cursor, b []byte) {
	s := cursor{b: b, end: len(b), base: c.base + c.p - len(b), section: SectionCustom}
	shiftNames(nil, &s, 0, 0)
	if s.err != nil {
		c.fail(s.err)
	}
}

// shiftNames reads a name section and appends it to dst with by added to the indices of functions from first on.
func shiftNames(dst []byte, c *cursor, first, by uint32) []byte {
	for c.p < c.end && c.err == nil {
		id := c.byte()
		size := c.u32()
		if uint64(size) > uint64(c.end-c.p) {
			c.malformed(c.p, "length out of bounds: a subsection of %d bytes, %d are left", size, c.end-c.p)
			return dst
		}
		s := *c
		s.end = c.p + int(size)
		dst = reserve(append(dst, id))
		mark := len(dst)
		switch id {
		case 0:
			dst = appendName(dst, s.name())
		case functionNames:
			dst = shiftNameMap(dst, &s, first, by)
		case localNames, labelNames:
			n := s.count("names", MaxModuleBytes, 2)
			dst = AppendU32(dst, uint32(n))
			for i := 0; i < n && s.err == nil; i++ {
				dst = AppendU32(dst, shifted(s.u32(), first, by))
				dst = shiftNameMap(dst, &s, 0, 0)
			}
		default:
			dst = append(dst, s.take(size)...)
		}
		if s.err == nil && s.p != s.end {
			s.malformed(s.p, "section size mismatch: %d bytes of names are left over", s.end-s.p)
		}
		if s.err != nil {
			c.fail(s.err)
			return dst
		}
		dst = closeSize(dst, mark)
		c.p = s.end
	}
	return dst
}

// shiftNameMap does a map from indices to names.
func shiftNameMap(dst []byte, c *cursor, first, by uint32) []byte {
	n := c.count("names", MaxModuleBytes, 2)
	dst = AppendU32(dst, uint32(n))
	for i := 0; i < n && c.err == nil; i++ {
		dst = AppendU32(dst, shifted(c.u32(), first, by))
		dst = appendName(dst, c.name())
	}
	return dst
}

// shifted is index i after by functions were put in front of function first.
func shifted(i, first, by uint32) uint32 {
	if i >= first && i+by > i {
		return i + by
	}
	return i
}
