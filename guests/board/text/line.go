package text

import "strings"

// cutLine returns the line of s that begins at i, without its end, and where the next one begins.
func cutLine(s string, i int) (line string, next int) {
	n := strings.IndexByte(s[i:], '\n')
	if n < 0 {
		return s[i:], len(s)
	}
	return strings.TrimSuffix(s[i:i+n], "\r"), i + n + 1
}

// indentation returns the number of spaces and tabs at the front of line.
func indentation(line string) int {
	i := 0
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	return i
}

// column returns how far white space at the front of a line reaches. A tab goes to the next multiple of four.
func column(pad string) int {
	n := 0
	for i := range len(pad) {
		if pad[i] == '\t' {
			n |= 3
		}
		n++
	}
	return n
}

// markers returns where the content of line begins, behind indentation and everything that may be a marker of a block
// quote, a list item or a footnote.
func markers(line string) int {
	i := 0
	for {
		i += indentation(line[i:])
		n := marker(line[i:])
		if n == 0 {
			return i
		}
		i += n
	}
}

// marker returns the length of the container marker at the front of s, or 0.
func marker(s string) int {
	if s == "" {
		return 0
	}
	switch s[0] {
	case '>':
		return 1
	case '-', '+', '*':
		return markerEnd(s, 1)
	case '[':
		if n := strings.Index(s, "]:"); n > 0 && s[1] == '^' {
			return n + 2
		}
		return 0
	}
	i := 0
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	if i > 0 && i < len(s) && (s[i] == '.' || s[i] == ')') {
		return markerEnd(s, i+1)
	}
	return 0
}

// markerEnd returns n if white space follows the marker s[:n], else 0.
func markerEnd(s string, n int) int {
	if n < len(s) && (s[n] == ' ' || s[n] == '\t') {
		return n
	}
	return 0
}

// A fence is the run of back-ticks or tildes that opens a fenced code block. Its length is 0 if there is none.
type fence struct {
	char   byte
	length int
}

// fenceOf returns the fence at the front of a line's content. Behind back-ticks that go on in the line there is a code
// span, not a fence.
func fenceOf(content string) fence {
	if content == "" || content[0] != '`' && content[0] != '~' {
		return fence{}
	}
	n := run(content)
	if n < 3 || content[0] == '`' && strings.IndexByte(content[n:], '`') >= 0 {
		return fence{}
	}
	return fence{char: content[0], length: n}
}

// closedBy reports whether a line with this content closes the block that f opens.
func (f fence) closedBy(content string) bool {
	if content == "" || content[0] != f.char {
		return false
	}
	n := run(content)
	return n >= f.length && indentation(content[n:]) == len(content)-n
}

// run returns how often the first byte of s is repeated at its front.
func run(s string) int {
	n := 1
	for n < len(s) && s[n] == s[0] {
		n++
	}
	return n
}
