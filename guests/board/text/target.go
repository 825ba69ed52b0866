package text

// target returns the range of a forbidden scheme in the markdown construct that the ']' at s[i] may belong to: the
// target of a link or image, `](...`, or a reference definition, `]: ...`. The range is empty if there is none.
//
// It does not ask whether the bracket is opened somewhere: a bracket too many costs nothing.
func target(s string, i int) (from, to int) {
	if i+1 >= len(s) || s[i+1] != '(' && s[i+1] != ':' {
		return 0, 0
	}
	definition := s[i+1] == ':'
	i = skipBreaks(s, i+2)
	if i < len(s) && s[i] == '<' {
		return forbidden(s, i+1, spaced|escaped)
	}
	if !definition {
		return forbidden(s, i, spaced|escaped)
	}
	from, to = forbidden(s, i, escaped)
	if from == to || !endsDefinition(s, to) {
		return 0, 0
	}
	return from, to
}

// skipBreaks returns the position behind white space at s[i] and behind the block quote markers of the lines it spans.
func skipBreaks(s string, i int) int {
	broken := false
	for ; i < len(s); i++ {
		switch {
		case s[i] == '\n' || s[i] == '\r':
			broken = true
		case classOf(s[i]) == space || s[i] == '\v' || broken && s[i] == '>':
		default:
			return i
		}
	}
	return i
}

// endsDefinition reports whether a reference definition can go on at s[i], right behind the scheme of its target: no
// white space, or nothing but a title behind it. It keeps `[ui]: javascript: too slow` as it is.
func endsDefinition(s string, i int) bool {
	k := i
	for k < len(s) && (s[k] == ' ' || s[k] == '\t') {
		k++
	}
	if k == i || k == len(s) {
		return true
	}
	switch s[k] {
	case '\r', '\n', '"', '\'', '(':
		return true
	}
	return false
}

// autolink returns the range of a forbidden scheme in the autolink that the '<' at s[i] may open. The scheme of an autolink
// is written in plain letters, and neither white space nor another '<' follows it.
func autolink(s string, i int) (from, to int) {
	i++
	from, to = forbidden(s, i, 0)
	if from != i || to == len(s) || s[to] == '<' || classOf(s[to]) == space || s[to-1] != ':' {
		return 0, 0
	}
	for _, c := range []byte(s[from : to-1]) {
		if !isLetter(c) {
			return 0, 0
		}
	}
	return from, to
}
