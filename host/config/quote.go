package config

import (
	"fmt"
	"strings"
	"unicode"
)

// quote returns s as a TOML basic string. Go's own %q has escapes that TOML does not know. Bytes that are not UTF-8,
// which TOML cannot hold, become U+FFFD.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
