package text

import "strings"

// A codeScan finds the parts of a markdown text that every reading of it takes for code, from left to right. The zero
// value finds none.
//
// Each line begins in a known place or, in doubt, with the exemption suspended. Three kinds of doubt are kept: spans are
// off until the next blank line (unsure); an indented fence may belong to a list item (nested); and a fence that some
// readers see and others do not ends the search for good, since every later fence would open for the one what it closes
// for the other.
type codeScan struct {
	s      string
	active []int // positions of active tags, descending: they will be plain text

	at     int   // the next line
	i, end int   // the rest of the line that is searched for spans, if i < end
	bare   bool  // i is in what may be a bare URL, which can hold back-ticks
	block  block // the HTML block that at may be in
	unsure bool  // no spans before the next blank line
	nested bool  // a fence may be open inside a list item or a block quote
	define bool  // the paragraph may hold a reference definition, which some readers let swallow a fence

	from, to int // the code found last
}

// A block is a kind of HTML block, named for what ends it (CommonMark, section 4.6).
type block uint8

const (
	noBlock      block = iota
	untilBlank         // a blank line; types 6 and 7, and inline HTML at the front of a line
	untilElement       // </pre> or </textarea>; type 1, whose other elements are never let through
	untilComment       // -->
	untilPI            // ?>
	untilGreater       // >
	untilCDATA         // ]]>
)

// newCodeScan begins the search in s. A lone carriage return ends a line for some readers only, so there is no search then.
func newCodeScan(s string, active []int) codeScan {
	c := codeScan{s: s, active: active}
	for i := 0; ; i++ {
		next := strings.IndexByte(s[i:], '\r')
		if next < 0 {
			return c
		}
		if i += next; i+1 == len(s) || s[i+1] != '\n' {
			return codeScan{}
		}
	}
}

// covers reports whether s[i] is code. Successive calls must not go back.
func (c *codeScan) covers(i int) bool {
	for c.to <= i && (c.i < c.end || c.at < len(c.s)) {
		if c.i < c.end {
			c.span()
		} else {
			c.line()
		}
	}
	return c.from <= i && i < c.to
}

// stop ends the search: nothing more is code.
func (c *codeScan) stop() { c.i, c.end, c.at = 0, 0, len(c.s) }

// found records the code between two positions.
func (c *codeScan) found(from, to int) { c.from, c.to = from, to }

// line places the line at c.at.
func (c *codeScan) line() {
	start := c.at
	text, next := cutLine(c.s, start)
	c.at = next
	pad := indentation(text)
	if pad == len(text) { // blank
		c.unsure, c.define = false, false
		if c.block == untilBlank {
			c.block = noBlock
		}
		return
	}
	body := markers(text)
	f := fenceOf(text[body:])
	begins := blockOf(text[body:])
	if begins != noBlock && c.isActive(start+body) {
		begins = noBlock
	}
	inline := begins > untilBlank && begins.endsIn(c.s, start+body+begins.opener(), start+len(text), c.isActive)
	if inline {
		begins = noBlock
	}
	if c.block != noBlock {
		c.inBlock(start, text, begins, f)
		return
	}
	if pad == 0 && text[0] != '>' {
		c.nested = false // no block of an earlier container goes on here, a paragraph may
	}
	c.define = c.define || strings.Contains(text, "]:")
	switch {
	case f.length == 0:
	case c.define || strings.IndexByte(text, '|') >= 0: // the second may be the head of a table
		c.stop()
		return
	case body == 0:
		c.fence(start, f)
		return
	case body > pad || column(text[:pad]) > 3: // in a container, or no fence
		c.nested, c.unsure = true, true
		return
	case c.nested:
		c.stop()
		return
	default:
		c.listFence(start, pad, f)
		return
	}
	if inline || begins != noBlock {
		c.block, c.unsure = begins, true
		return
	}
	if !c.unsure {
		c.i, c.end = start, start+len(text)
		c.bare = false
	}
}

// inBlock places a line of what may be an HTML block. For some readers the block has not begun, or is over because the
// list item around it is. For them the line may begin a block of its own, and a fence is a fence.
func (c *codeScan) inBlock(start int, text string, begins block, f fence) {
	switch {
	case f.length > 0:
		c.stop()
	case c.block == untilBlank:
		c.block = max(c.block, begins)
	case begins > untilBlank && begins != c.block:
		c.stop()
	case c.block.endsIn(c.s, start, start+len(text), c.isActive):
		c.block = untilBlank
	}
}

// isActive reports whether an active tag opens at s[i]. Successive calls must not go back.
func (c *codeScan) isActive(i int) bool {
	n := len(c.active)
	for n > 0 && c.active[n-1] < i {
		n--
	}
	c.active = c.active[:n]
	return n > 0 && c.active[n-1] == i
}

// fence skips a fenced code block without indentation, whose first line is at start. Nothing can be above it that goes
// on, so it is code for every reader, to the closing fence or to the end of the text.
func (c *codeScan) fence(start int, f fence) {
	c.unsure, c.nested = false, false
	for c.at < len(c.s) {
		text, next := cutLine(c.s, c.at)
		c.at = next
		pad := indentation(text)
		if column(text[:pad]) <= 3 && f.closedBy(text[pad:]) {
			break
		}
	}
	c.found(start, c.at)
}

// listFence does the same for a fence indented by pad, one to three, spaces. It may be inside a list item, which ends
// where a line has less indentation, or at top level, where such a line is code; only a block that closes before readers
// can disagree is taken.
func (c *codeScan) listFence(start, pad int, f fence) {
	c.unsure = false
	for c.at < len(c.s) {
		text, next := cutLine(c.s, c.at)
		c.at = next
		n := indentation(text)
		if n == len(text) {
			continue
		}
		col := column(text[:n])
		closes := f.closedBy(text[n:])
		if col < pad || closes && col > 3 {
			break
		}
		if closes {
			c.found(start, c.at)
			return
		}
	}
	c.stop()
}

// opener returns the length of what opens the block: readers disagree whether the end of `<?>` and `<!-->` may share it.
func (b block) opener() int {
	switch b {
	case untilComment:
		return len("<!--")
	case untilCDATA:
		return len("<![CDATA[")
	}
	return len("<?")
}

// endsIn reports whether an HTML block that goes on at s[i] ends before s[end]. Successive calls must not go back.
func (b block) endsIn(s string, i, end int, active func(int) bool) bool {
	line := s[i:end]
	switch b {
	case untilComment:
		return strings.Contains(line, "-->")
	case untilPI:
		return strings.Contains(line, "?>")
	case untilGreater:
		return strings.Contains(line, ">")
	case untilCDATA:
		return strings.Contains(line, "]]>")
	case untilElement:
		for ; i < end; i++ {
			if (hasPrefixFold(s[i:end], "</pre>") || hasPrefixFold(s[i:end], "</textarea>")) && !active(i) {
				return true
			}
		}
	}
	return false
}

// blockOf returns the HTML block that a line with this content may begin.
func blockOf(content string) block {
	switch {
	case len(content) < 2 || content[0] != '<':
		return noBlock
	case strings.HasPrefix(content, "<!--"):
		return untilComment
	case strings.HasPrefix(content, "<?"):
		return untilPI
	case strings.HasPrefix(content, "<![CDATA["):
		return untilCDATA
	case strings.HasPrefix(content, "<!"):
		return untilGreater
	case isName(content[1:], "pre") || isName(content[1:], "textarea"):
		return untilElement
	case content[1] == '/' || isLetter(content[1]):
		return untilBlank
	}
	return noBlock
}
