package text

import "strings"

// A foresight is what is known, at one place of the text, about the rest of a tag that is there in a given state. Each
// field holds one bit for each state.
type foresight struct {
	active uint16 // it meets an active attribute
	valued uint16 // it meets an active attribute that has a value
	ends   uint16 // it ends before the text does
	assign uint16 // the attribute whose name it is in, or has just left, gets a value
}

// disarm reports whether a tag in state st must not stay a tag.
func (f foresight) disarm(st state) bool {
	bit := uint16(1) << st
	return f.valued&bit != 0 || f.active&f.ends&bit != 0
}

// before returns the foresight one byte earlier: in front of s[i].
//
// In markdown a quoted value may not go on behind the end of a line, and a '>' that stands in the prefix of a line may
// be removed before a browser sees it, so the tag both ends there and goes on.
func (f foresight) before(s string, i int, markdown, prefix bool) foresight {
	cl := classOf(s[i])
	if cl == other {
		return f.beforeOther(activeAttribute(s[i:]))
	}
	var g foresight
	breaks := markdown && (s[i] == '\n' || s[i] == '\r')
	attribute := activeAttribute(s[i:])
	for st := range inURLName {
		bit := uint16(1) << st
		to := step[st][cl]
		if prefix && cl == greater {
			to = st
			g.ends |= bit
		}
		if to == outside {
			g.ends |= bit
			continue
		}
		was := uint16(1) << to
		if f.active&was != 0 {
			g.active |= bit
		}
		if f.valued&was != 0 {
			g.valued |= bit
		}
		if f.ends&was != 0 {
			g.ends |= bit
		}
		switch {
		case startsName(st, to):
			if attribute {
				g.active |= bit
				g.valued |= f.assign & was >> to << st
			}
		case st == inName || st == afterName:
			if to == beforeValue || to != beforeName && f.assign&was != 0 {
				g.assign |= bit
			}
		case breaks && (st == inDouble || st == inSingle):
			g.valued |= bit
		}
	}
	return g
}

// beforeOther is before for a byte of class other, by far the most frequent one: it begins a name or an unquoted value,
// and changes nothing in the other states. The argument says whether it begins the name of an active attribute.
func (f foresight) beforeOther(attribute bool) foresight {
	const names = 1<<beforeName | 1<<afterName
	move := func(bits uint16) uint16 {
		moved := bits &^ (names | 1<<beforeValue)
		if bits&(1<<inName) != 0 {
			moved |= names
		}
		if bits&(1<<inBare) != 0 {
			moved |= 1 << beforeValue
		}
		return moved
	}
	g := foresight{active: move(f.active), valued: move(f.valued), ends: move(f.ends), assign: f.assign & (1 << inName)}
	if attribute {
		g.active |= names
		if g.assign != 0 {
			g.valued |= names
		}
	}
	return g
}

// appendActive appends to dst the positions, from the last to the first, of each '<' in s that opens an active tag.
func appendActive(dst []int, s string, markdown bool) []int {
	first := strings.IndexByte(s, '<')
	if first < 0 {
		return dst
	}
	var here, after foresight // behind s[i], and one byte further on
	line := len(s)            // where the line of i begins; not known yet
	quoted := 0               // where its prefix of block quote markers ends
	for i := len(s) - 1; i >= first; i-- {
		if markdown && i < line {
			line, quoted = linePrefix(s, i)
		}
		if name := opensTag(s, i); name != 0 {
			at := here
			if name == i+2 {
				at = after
			}
			if activeElement(s[name:]) || at.disarm(inTag) {
				dst = append(dst, i)
			}
		}
		here, after = here.before(s, i, markdown, i < quoted), here
	}
	return dst
}

// linePrefix returns where the line that holds s[i] begins, and where the block quote markers and the white space at its
// front end. The first line has no prefix that matters, as no tag begins before it.
func linePrefix(s string, i int) (line, end int) {
	line = strings.LastIndexAny(s[:i], "\r\n") + 1
	for end = line; end < len(s) && inPrefix(s[end]); end++ {
	}
	return line, end
}

func inPrefix(c byte) bool { return c == ' ' || c == '\t' || c == '>' }
