package wire

import "unicode/utf8"

// utf8Check validates UTF-8 that arrives in pieces, cut anywhere. The zero value is ready.
type utf8Check struct {
	rest [utf8.UTFMax]byte // the start of a character whose end has not arrived
	n    int
}

// feed reports whether the text is still valid with p behind it. It borrows p until return.
func (u *utf8Check) feed(p []byte) bool {
	for u.n > 0 && len(p) > 0 {
		u.rest[u.n] = p[0]
		u.n++
		p = p[1:]
		// FullRune is also true for bytes that no continuation can mend, so rest never overflows.
		if utf8.FullRune(u.rest[:u.n]) {
			if !utf8.Valid(u.rest[:u.n]) {
				return false
			}
			u.n = 0
		}
	}
	cut := len(p)
	for back := 1; back < utf8.UTFMax && back <= len(p); back++ {
		if b := p[len(p)-back]; utf8.RuneStart(b) {
			if !utf8.FullRune(p[len(p)-back:]) {
				cut = len(p) - back
			}
			break
		}
	}
	if cut < len(p) {
		u.n = copy(u.rest[:], p[cut:])
	}
	return utf8.Valid(p[:cut])
}

// whole reports whether the text may end here, and forgets it.
func (u *utf8Check) whole() bool {
	n := u.n
	u.n = 0
	return n == 0
}
