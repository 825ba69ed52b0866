package config

import (
	"strconv"
	"strings"
)

// flag is a yes-or-no key. The file writes it as a TOML boolean; environment and command line have more words for it,
// and a word that is none of them is refused: a misspelt "yes" must not switch authentication off.
type flag struct {
	field func(*Config) *bool
	def   bool
}

func (k flag) fallback() any { return k.def }

func (k flag) decode(v any) (any, bool) {
	b, ok := v.(bool)
	return b, ok
}

func (k flag) parse(text string) (any, bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "1", "yes", "on":
		return true, true
	case "false", "0", "no", "off":
		return false, true
	}
	return nil, false
}

func (k flag) print(v any) string { return strconv.FormatBool(v.(bool)) }
func (k flag) valid(any) bool     { return true }

func (k flag) allowed() string {
	return "true or false (outside the file also 1, yes, on and 0, no, off)"
}

func (k flag) get(c *Config) any    { return *k.field(c) }
func (k flag) set(c *Config, v any) { *k.field(c) = v.(bool) }
