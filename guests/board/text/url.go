package text

import (
	"unicode"
	"unicode/utf8"
)

// A spelling says in which ways a URL may be written where it was found.
type spelling uint8

const (
	// spaced: ASCII white space inside the URL does not end it.
	spaced spelling = 1 << iota
	// escaped: a backslash in front of punctuation is dropped, as in a markdown target.
	escaped
)

// forbidden looks for a forbidden URL at s[i]. It returns the range of its scheme, from the first character that is not
// removed to behind the colon; the range is empty if the URL is harmless. It reads no further than the scheme, apart
// from characters that are removed.
func forbidden(s string, i int, how spelling) (from, to int) {
	const html = "text/html"
	var name [len("javascript")]byte
	n := 0
	from = -1
	for {
		c, start, end := significant(s, i, how)
		if from < 0 {
			from = start
		}
		i = end
		if c == ':' {
			break
		}
		if c == 0 || n == len(name) {
			return 0, 0
		}
		name[n] = c
		n++
	}
	to = i
	switch string(name[:n]) {
	case "javascript", "vbscript":
		return from, to
	case "data":
		for k := range len(html) {
			c, _, end := significant(s, i, how)
			if c != html[k] {
				return 0, 0
			}
			i = end
		}
		return from, to
	}
	return 0, 0
}

// significant returns the first character of the URL at s[i] that a browser would not remove, and the bytes it takes.
// Letters come in lower case. The character is 0 where no scheme goes on.
func significant(s string, i int, how spelling) (c byte, start, end int) {
	for i < len(s) {
		r, n := rune(s[i]), 1
		switch {
		case r == '&':
			if r, n = reference(s[i:]); n == 0 {
				return 0, i, i
			}
		case r == '\\' && how&escaped != 0 && i+1 < len(s) && (s[i+1] == ':' || s[i+1] == '/'):
			return s[i+1], i, i + 2
		case r >= utf8.RuneSelf:
			r, n = utf8.DecodeRuneInString(s[i:])
		case classOf(s[i]) == space && how&spaced == 0:
			return 0, i, i
		}
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			i += n
			continue
		}
		switch {
		case 'A' <= r && r <= 'Z':
			return byte(r) | 0x20, i, i + n
		case 'a' <= r && r <= 'z', r == ':', r == '/':
			return byte(r), i, i + n
		}
		return 0, i, i
	}
	return 0, i, i
}
