package config

import "time"

// kind is the type of a key: how its value is read, printed and checked, and which field of Config holds it. Values
// travel between these methods as bool, int64, float64 or string, one of them for each kind.
type kind interface {
	// fallback returns the default.
	fallback() any
	// decode takes a value as the TOML decoder delivers it; false when it has the wrong type.
	decode(v any) (any, bool)
	// parse reads the syntax of environment and command line; false when it cannot be read.
	parse(text string) (any, bool)
	// print is the inverse of parse: parse(print(v)) is v for every valid v.
	print(v any) string
	// valid reports whether v is in range.
	valid(v any) bool
	// allowed describes what decode, parse and valid accept, to follow the words "allowed is".
	allowed() string
	get(c *Config) any
	set(c *Config, v any)
}

var (
	_ kind = whole{}
	_ kind = span{}
	_ kind = decimal{}
	_ kind = flag{}
	_ kind = text{}
	_ kind = secretText{}
)

// whole is a whole number.
type whole struct {
	field func(*Config) *int
	limits
}

func (k whole) get(c *Config) any    { return int64(*k.field(c)) }
func (k whole) set(c *Config, v any) { *k.field(c) = int(v.(int64)) }

// span is a duration, written as a whole number of units. A field that is no multiple of the unit, which only code can
// set, is rounded towards zero here.
type span struct {
	field func(*Config) *time.Duration
	unit  time.Duration
	limits
}

func (k span) get(c *Config) any    { return int64(*k.field(c) / k.unit) }
func (k span) set(c *Config, v any) { *k.field(c) = time.Duration(v.(int64)) * k.unit }
