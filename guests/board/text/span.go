package text

import "strings"

// span searches the rest of the line for the next code span. It gives the line up, and the lines down to the next blank
// one, at anything that could reach beyond the line or that not all readers see alike.
func (c *codeScan) span() {
	for c.i < c.end {
		line := c.s[c.i:c.end]
		n := 1 // bytes that this construct takes
		switch line[0] {
		case '`':
			n = run(line)
			content, ok := closing(line[n:], n)
			if !ok || c.bare || strings.IndexByte(line[n:n+content], '|') >= 0 {
				n = 0
				break
			}
			c.found(c.i, c.i+n+content+n)
			c.i = c.to
			return
		case '\\':
			if len(line) > 1 {
				n = 2
			}
			if n == 2 && line[1] == '`' {
				n = 0
			}
		case '<':
			c.bare = false
			if len(line) > 1 && !c.isActive(c.i) {
				n = plainTag(line)
				c.bare = holdsURL(line[:n])
			}
		case ']':
			n = plainTail(line)
			c.bare = c.bare || holdsURL(line[:n])
		case ' ', '\t':
			c.bare = false
		case ':', 'w', 'W':
			c.bare = c.bare || beginsURL(line)
		}
		if n == 0 {
			c.unsure, c.i = true, c.end
			return
		}
		c.i += n
	}
}

// beginsURL reports whether s begins with what makes GFM see a bare URL. Such a URL goes on to white space or '<'.
func beginsURL(s string) bool { return strings.HasPrefix(s, "://") || hasPrefixFold(s, "www.") }

func holdsURL(s string) bool {
	for i := range len(s) {
		if beginsURL(s[i:]) {
			return true
		}
	}
	return false
}

// closing returns the length of what is in front of the run of exactly n back-ticks in s.
func closing(s string, n int) (int, bool) {
	for i := 0; ; {
		next := strings.IndexByte(s[i:], '`')
		if next < 0 {
			return 0, false
		}
		i += next
		k := run(s[i:])
		if k == n {
			return i, true
		}
		i += k
	}
}

// plainTag returns the length of the tag or autolink at the front of line, 1 if '<' begins neither, or 0 if readers may
// disagree about its end or about what is in it: comments and the like, back-ticks and brackets inside, no end on the
// line, a '>' in quotes.
func plainTag(line string) int {
	switch c := line[1]; {
	case c == '!' || c == '?':
		return 0
	case c != '/' && !isLetter(c):
		return 1
	}
	quote := byte(0)
	for i := 1; i < len(line); i++ {
		switch c := line[i]; c {
		case '`', '<', ']', '\\':
			return 0
		case '"', '\'':
			if quote == 0 {
				quote = c
			} else if quote == c {
				quote = 0
			}
		case '>':
			if quote != 0 {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

// plainTail returns the length of what follows a link's text, from the ']' at the front of line: a target or a label
// in which nothing needs a closer look. It is 1 if neither follows, and 0 if readers may disagree.
func plainTail(line string) int {
	if len(line) == 1 {
		return 1
	}
	var end byte
	switch line[1] {
	case '(':
		end = ')'
	case '[':
		end = ']'
	default:
		return 1
	}
	for i := 2; i < len(line); i++ {
		switch c := line[i]; c {
		case end:
			if end == ']' {
				return i // what follows this bracket counts too
			}
			return i + 1
		case '`', '(', '[', '<', '\\', '"', '\'':
			return 0
		}
	}
	return 0
}
