package text

import (
	"strings"
	"unicode/utf8"
)

// maxPasses bounds how often one text is rewritten. A pass can uncover work for the next one: a replaced scheme may have
// held the white space that ended an unquoted value, and what was inside a later value then becomes attributes. Written
// text needs one pass, chains of that kind are only built on purpose.
const maxPasses = 8

// Length returns the number of Unicode code points in s. A byte that is not part of valid UTF-8 counts as one.
func Length(s string) int { return utf8.RuneCountInString(s) }

// Clean returns s without leading and trailing Unicode white space and treated according to mode; an unknown mode is
// taken for Active. With markdown set, code spans and fenced code blocks are left alone in mode Active.
//
// The result is a substring of s, and nothing is allocated, if nothing but the trimming is to be done (more than 64 active
// tags in code need a list). It can be longer than s: a '<' grows to four bytes. Clean is idempotent in modes Active and
// Trim; Escape escapes its own result again. Safe for concurrent use. The rule and its limits: doc.go.
func Clean(s string, mode Mode, markdown bool) string {
	s = strings.TrimSpace(s)
	switch mode {
	case Trim:
		return s
	case Escape:
		return escape(s)
	}
	if plain(s) {
		return s
	}
	for range maxPasses {
		next := pass(s, markdown, false)
		if next == s {
			return s
		}
		s = next
	}
	if next := pass(s, markdown, false); next == s {
		return s
	}
	// After this pass no '<' opens a tag any more and no target has a forbidden scheme, in code or elsewhere. Later
	// passes find nothing, whatever they take for code.
	return pass(s, markdown, true)
}

// plain reports whether s has nothing that a pass looks at: most texts. A loop of its own, as a sandbox has no fast search
// for two bytes.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] == '<' || s[i] == ']' {
			return false
		}
	}
	return true
}

// escape replaces the five characters that mean something in HTML text and attribute values. One walk over the input,
// so that no ampersand of a replacement is escaped again.
func escape(s string) string {
	var out strings.Builder
	done := 0
	for i := 0; i < len(s); i++ {
		var ref string
		switch s[i] {
		case '<':
			ref = "&lt;"
		case '>':
			ref = "&gt;"
		case '&':
			ref = "&amp;"
		case '"':
			ref = "&quot;"
		case '\'':
			ref = "&#39;"
		default:
			continue
		}
		out.WriteString(s[done:i])
		out.WriteString(ref)
		done = i + 1
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}
