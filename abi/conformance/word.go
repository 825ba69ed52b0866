package conformance

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Word writes a byte string as scripts do.
func Word(b []byte) string {
	switch {
	case len(b) == 0:
		return "-"
	case len(b) <= 32:
		return hex.EncodeToString(b)
	}
	for _, form := range []string{"x", "~"} {
		word := strconv.Itoa(len(b)) + form + hex.EncodeToString(b[:1])
		if again, err := ParseWord(word); err == nil && string(again) == string(b) {
			return word
		}
	}
	return hex.EncodeToString(b)
}

// ParseWord is the reverse of Word.
func ParseWord(w string) ([]byte, error) {
	if w == "-" {
		return []byte{}, nil
	}
	i := strings.IndexAny(w, "x~")
	if i < 0 {
		return hex.DecodeString(w)
	}
	size, err := strconv.Atoi(w[:i])
	if err != nil || size < 0 {
		return nil, fmt.Errorf("%q has no size", w)
	}
	first, err := hex.DecodeString(w[i+1:])
	if err != nil || len(first) != 1 {
		return nil, fmt.Errorf("%q is not made of one byte", w)
	}
	b := make([]byte, size)
	for n := range b {
		b[n] = first[0]
		if w[i] == '~' {
			b[n] += byte(n % 251)
		}
	}
	return b, nil
}

func number(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
