package probe

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// appendWord appends b as a word: "-" if empty, hexadecimal digits if short; else 1000xab for a thousand times 0xab,
// 1000~ab for a thousand bytes counted from 0xab in steps of one and period 251.
func appendWord(dst, b []byte) []byte {
	switch {
	case len(b) == 0:
		return append(dst, '-')
	case len(b) <= 32:
		return hex.AppendEncode(dst, b)
	}
	for _, form := range []byte{'x', '~'} {
		if matches(b, form) {
			dst = append(strconv.AppendInt(dst, int64(len(b)), 10), form)
			return hex.AppendEncode(dst, b[:1])
		}
	}
	return hex.AppendEncode(dst, b)
}

func matches(b []byte, form byte) bool {
	for i := range b {
		if b[i] != patternByte(form, b[0], i) {
			return false
		}
	}
	return true
}

func patternByte(form, first byte, i int) byte {
	if form == 'x' {
		return first
	}
	return first + byte(i%251)
}

// parseWord is the reverse of appendWord. It panics if w is no word: scripts are correct.
func parseWord(w string) []byte {
	if w == "-" {
		return nil
	}
	if i := strings.IndexAny(w, "x~"); i >= 0 {
		b := make([]byte, number(w[:i]))
		first := parseWord(w[i+1:])[0]
		for n := range b {
			b[n] = patternByte(w[i], first, n)
		}
		return b
	}
	b, err := hex.DecodeString(w)
	if err != nil {
		panic("probe: " + w + " is no word")
	}
	return b
}

func number(w string) int {
	n, err := strconv.Atoi(w)
	if err != nil {
		panic("probe: " + w + " is no number")
	}
	return n
}
