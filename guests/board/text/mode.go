package text

// A Mode says what Clean does after trimming. The zero Mode is Active.
type Mode uint8

const (
	// Active neutralises HTML that a browser would execute or load, and nothing else.
	Active Mode = iota
	// Trim changes nothing but the white space at both ends.
	Trim
	// Escape replaces < > & " and ' by character references.
	Escape
)

// ParseMode returns the mode named active, trim or escape. Case counts; any other word is refused.
func ParseMode(word string) (Mode, bool) {
	for _, m := range [...]Mode{Active, Trim, Escape} {
		if m.String() == word {
			return m, true
		}
	}
	return Active, false
}

// String returns the word that ParseMode takes, or "unknown".
func (m Mode) String() string {
	switch m {
	case Active:
		return "active"
	case Trim:
		return "trim"
	case Escape:
		return "escape"
	}
	return "unknown"
}
