package abi

// Check is what a handler found on one page of RouteCheck. The host calls the route with an empty request first, then
// with the Cursor it got, until that is empty.
//
//	cursor length u32 | cursor
//	counts u32   | counts times (length u32 | name | n u64)
//	problems u32 | problems times (length u32 | text)
type Check struct {
	// Cursor says where to go on; empty on the last page. Its bytes mean something to the handler alone.
	Cursor []byte
	// Counts are what the page has looked at, each name once. The host adds up those of all pages.
	Counts []Count
	// Problems are sentences for the operator, one for each thing that is not as it must be.
	Problems []string
}

// Count is a number of things of one kind.
type Count struct {
	Name string // for people, in the plural: "work items"
	N    uint64
}

// Limits of one page. ParseCheck refuses what exceeds them.
const (
	MaxCheckCursorBytes  = 4 << 10
	MaxCheckCounts       = 64
	MaxCheckNameBytes    = 64
	MaxCheckProblems     = 1000
	MaxCheckProblemBytes = 1 << 10
)

// AppendCheck appends c to dst in the layout above. Keeping to the limits is up to the caller.
func AppendCheck(dst []byte, c *Check) []byte {
	dst = appendSized(dst, c.Cursor)
	dst = appendUint32(dst, uint32(len(c.Counts)))
	for _, count := range c.Counts {
		dst = appendSized(dst, count.Name)
		dst = appendUint64(dst, count.N)
	}
	dst = appendUint32(dst, uint32(len(c.Problems)))
	for _, problem := range c.Problems {
		dst = appendSized(dst, problem)
	}
	return dst
}

// ParseCheck reads what AppendCheck wrote and copies what it keeps. It reports false if b is not that, byte for byte, or
// exceeds a limit. Texts are any bytes: who shows them to people must take care of what they do to a terminal.
func ParseCheck(b []byte) (c Check, ok bool) {
	r := reader{rest: b}
	c.Cursor = r.bytes(MaxCheckCursorBytes)
	for range r.number(MaxCheckCounts) {
		c.Counts = append(c.Counts, Count{Name: r.text(MaxCheckNameBytes), N: r.uint64()})
	}
	for range r.number(MaxCheckProblems) {
		c.Problems = append(c.Problems, r.text(MaxCheckProblemBytes))
	}
	if !r.ended() {
		return Check{}, false
	}
	return c, true
}
