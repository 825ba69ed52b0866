package text

// A state is where the HTML tokeniser stands inside a tag (HTML standard, section 13.2.5, "Tokenization"). The states
// after a quoted value and after a '/' behave like beforeName for our purposes.
type state uint8

const (
	inTag       state = iota // tag name
	beforeName               // before attribute name
	inName                   // attribute name
	afterName                // after attribute name, '=' may follow
	beforeValue              // after '='
	inDouble                 // value in double quotes
	inSingle                 // value in single quotes
	inBare                   // unquoted value

	// The same as inName, afterName and beforeValue, for an attribute that holds a URL. Only the forward pass enters
	// them.
	inURLName
	afterURLName
	beforeURL

	outside // the tag has ended
)

// A class is what the tokeniser can tell apart about a byte.
type class uint8

const (
	other class = iota
	space
	slash
	greater
	equals
	double
	single

	classes
)

func classOf(c byte) class {
	switch c {
	case ' ', '\t', '\n', '\f', '\r':
		return space
	case '/':
		return slash
	case '>':
		return greater
	case '=':
		return equals
	case '"':
		return double
	case '\'':
		return single
	}
	return other
}

// step is the tokeniser: the state after a byte of a class. It is never written to.
var step = [outside][classes]state{
	//            other   space        slash       greater  equals       double    single
	inTag:        {inTag, beforeName, beforeName, outside, inTag, inTag, inTag},
	beforeName:   {inName, beforeName, beforeName, outside, inName, inName, inName},
	inName:       {inName, afterName, beforeName, outside, beforeValue, inName, inName},
	afterName:    {inName, afterName, beforeName, outside, beforeValue, inName, inName},
	beforeValue:  {inBare, beforeValue, inBare, outside, inBare, inDouble, inSingle},
	inDouble:     {inDouble, inDouble, inDouble, inDouble, inDouble, beforeName, inDouble},
	inSingle:     {inSingle, inSingle, inSingle, inSingle, inSingle, inSingle, beforeName},
	inBare:       {inBare, beforeName, inBare, outside, inBare, inBare, inBare},
	inURLName:    {inURLName, afterURLName, beforeName, outside, beforeURL, inURLName, inURLName},
	afterURLName: {inName, afterURLName, beforeName, outside, beforeURL, inName, inName},
	beforeURL:    {inBare, beforeURL, inBare, outside, inBare, inDouble, inSingle},
}

// startsName reports whether the step from one state to another reads the first byte of an attribute name.
func startsName(from, to state) bool {
	return to == inName && (from == beforeName || from == afterName || from == afterURLName)
}

// opensTag returns where the tag name begins if s[i] is a '<' that can open a start or end tag, else 0.
func opensTag(s string, i int) int {
	if s[i] != '<' {
		return 0
	}
	i++
	if i < len(s) && s[i] == '/' {
		i++
	}
	if i < len(s) && isLetter(s[i]) {
		return i
	}
	return 0
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// activeElement reports whether the tag name at the front of s is one of those that are never let through.
func activeElement(s string) bool {
	for _, w := range [...]string{
		"script", "iframe", "object", "embed", "applet", "base", "meta", "link", "form", "style", "svg", "math",
	} {
		if isName(s, w) && (len(s) == len(w) || s[len(w)] != '=') {
			return true
		}
	}
	return false
}

// activeAttribute reports whether the attribute name at the front of s makes its tag active.
func activeAttribute(s string) bool {
	return hasPrefixFold(s, "on") || isName(s, "style") || isName(s, "srcdoc")
}

// urlAttribute reports whether the attribute name at the front of s is one whose value is followed or loaded.
func urlAttribute(s string) bool {
	return isName(s, "href") || isName(s, "src") || isName(s, "action") || isName(s, "formaction") ||
		isName(s, "xlink:href")
}

// isName reports whether s begins with name, in any ASCII case, and an attribute name ends there.
func isName(s, name string) bool {
	if !hasPrefixFold(s, name) {
		return false
	}
	if len(s) == len(name) {
		return true
	}
	switch classOf(s[len(name)]) {
	case space, slash, greater, equals:
		return true
	}
	return false
}

// hasPrefixFold reports whether s begins with prefix, which is in lower case. Only ASCII letters fold, as in HTML: a
// Kelvin sign is no k.
func hasPrefixFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != prefix[i] {
			return false
		}
	}
	return true
}
