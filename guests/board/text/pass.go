package text

import "strings"

// A rewrite collects replacements, from left to right, in a copy that is not begun before the first one.
type rewrite struct {
	s    string
	out  strings.Builder
	done int // s[:done] is in out
}

func (r *rewrite) replace(from, to int, by string) {
	r.out.WriteString(r.s[r.done:from])
	r.out.WriteString(by)
	r.done = to
}

func (r *rewrite) result() string {
	if r.done == 0 {
		return r.s
	}
	r.out.WriteString(r.s[r.done:])
	return r.out.String()
}

// pass neutralises what is active in s and returns s itself if nothing is. With all set, each '<' that can open a tag
// counts as active and nothing is taken for code.
//
// The loop keeps the set of tokeniser states that tags to the left are in, one bit for each. Tags in the same state have
// the same future, so the set is all there is to know. A scheme to be replaced is noted where its URL begins and replaced
// when the loop gets there, which keeps the replacements in order: between the two are only characters that are removed
// and at most one '<'.
func pass(s string, markdown, all bool) string {
	var room [64]int // on the stack
	active := room[:0]
	if !all {
		active = appendActive(active, s, markdown)
	}
	var code codeScan
	if markdown && !all {
		code = newCodeScan(s, active)
	}
	edit := rewrite{s: s}
	var (
		live     uint16             // states of the tags that i is inside of
		endTag   = -1               // position of the '/' of an end tag
		prefix   bool               // i is in the prefix of a line
		from, to = -1, -1           // the next scheme to replace
		note     = func(f, t int) { // remembers a range that forbidden has found
			if f < t {
				from, to = f, t
			}
		}
	)
	for i := 0; i < len(s); i++ {
		if live == 0 && i > to && i > endTag {
			next := strings.IndexAny(s[i:], "<]")
			if next < 0 {
				break
			}
			i += next
			prefix = false
		}
		c := s[i]
		if live != 0 {
			live = advance(live, s, i, markdown && prefix, note)
		}
		prefix = c == '\n' || c == '\r' || prefix && inPrefix(c)
		if i == endTag {
			live |= 1 << inTag
		}
		switch c {
		case ']':
			if !code.covers(i) {
				note(target(s, i))
			}
		case '<':
			for len(active) > 0 && active[len(active)-1] < i {
				active = active[:len(active)-1]
			}
			name := opensTag(s, i)
			disarm := all || len(active) > 0 && active[len(active)-1] == i
			switch {
			case name == 0 || code.covers(i):
			case disarm:
				edit.replace(i, i+1, "&lt;")
			case name == i+1:
				live |= 1 << inTag
				note(autolink(s, i))
			default:
				endTag = i + 1
			}
		}
		if i == from && i >= edit.done {
			edit.replace(from, to, "unsafe:")
		}
	}
	return edit.result()
}

// advance moves each live tag over s[i] and notes the URLs that begin there.
func advance(live uint16, s string, i int, prefix bool, note func(from, to int)) uint16 {
	cl := classOf(s[i])
	if prefix && cl == greater {
		return live
	}
	var moved uint16
	for st := inTag; live>>st != 0; st++ {
		if live&(1<<st) == 0 {
			continue
		}
		to := step[st][cl]
		switch {
		case startsName(st, to) && urlAttribute(s[i:]):
			to = inURLName
		case st == beforeURL && to == inBare:
			note(forbidden(s, i, 0))
		case st == beforeURL && (to == inDouble || to == inSingle):
			note(forbidden(s, i+1, spaced))
		}
		if to != outside {
			moved |= 1 << to
		}
	}
	return moved
}
