package text

import (
	"strings"
	"unicode/utf8"
)

// reference decodes the character reference at the front of s and returns the code point and the number of bytes it
// takes, or 0 bytes if there is none that matters to a scheme. Numbers need no semicolon, as in HTML. Of the names only
// those count that stand for ':' and '/' and for white space; no name stands for an ASCII letter alone.
//
// The numbers 0x80 to 0x9F mean C1 controls in markdown and printable characters in HTML; they are taken for controls.
func reference(s string) (rune, int) {
	if len(s) < 3 || s[0] != '&' {
		return 0, 0
	}
	if s[1] == '#' {
		return numeric(s)
	}
	name := s[1:]
	switch {
	case strings.HasPrefix(name, "colon;"):
		return ':', 7
	case strings.HasPrefix(name, "sol;"):
		return '/', 5
	case strings.HasPrefix(name, "nbsp"):
		if strings.HasPrefix(name, "nbsp;") {
			return ' ', 6
		}
		return ' ', 5
	}
	for _, w := range [...]string{
		"Tab;", "NewLine;", "NonBreakingSpace;", "ThinSpace;", "VeryThinSpace;", "MediumSpace;", "ThickSpace;",
		"emsp;", "emsp13;", "emsp14;", "ensp;", "hairsp;", "numsp;", "puncsp;", "thinsp;",
	} {
		if strings.HasPrefix(name, w) {
			return ' ', 1 + len(w)
		}
	}
	return 0, 0
}

// numeric decodes a reference that begins with "&#".
func numeric(s string) (rune, int) {
	i, base := 2, rune(10)
	if s[i]|0x20 == 'x' {
		i, base = 3, 16
	}
	first, r := i, rune(0)
	for ; i < len(s); i++ {
		d := digit(s[i])
		if d >= base {
			break
		}
		if r = r*base + d; r > utf8.MaxRune {
			r = utf8.MaxRune + 1 // stays too big, and the next digit cannot overflow
		}
	}
	if i == first {
		return 0, 0
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	if r == 0 || r > utf8.MaxRune {
		r = utf8.RuneError
	}
	return r, i
}

// digit returns the value of a hexadecimal digit, or 16.
func digit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10
	}
	return 16
}
