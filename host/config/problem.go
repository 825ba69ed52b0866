package config

import (
	"fmt"
	"strings"
)

// Problem is one value that cannot be used.
type Problem struct {
	Key     string
	Value   string // as written, shortened; a mask when the key is secret
	Origin  Origin
	Allowed string // what would be accepted
	Remedy  string // what to do about it
}

// Error returns key, value, origin, what is allowed and the remedy, on one line.
func (p Problem) Error() string {
	return fmt.Sprintf("%s = %s (%s): allowed is %s; %s", p.Key, p.Value, p.Origin, p.Allowed, p.Remedy)
}

// Problems is every problem of one configuration. It is never empty when returned as an error. Match it with errors.As, to Problems for all of them or to Problem for the first.
type Problems []Problem

// Error returns all problems, one on a line.
func (ps Problems) Error() string {
	var b strings.Builder
	b.WriteString("configuration cannot be used:")
	for _, p := range ps {
		b.WriteString("\n  ")
		b.WriteString(p.Error())
	}
	return b.String()
}

// Unwrap returns the problems as errors.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// err returns ps, or a plain nil when there is none.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}

// SyntaxError is a config.toml that is no TOML. Nothing else is checked then: what the file meant to say is unknown.
type SyntaxError struct {
	File   string
	Line   int // from 1
	Reason string
}

// Error returns file, line, reason and a hint.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s:%d: %s; correct the line, or move the file away to start with the defaults",
		e.File, e.Line, e.Reason)
}

// problem describes a value v of k, in any of the types that file, environment and kinds use.
func problem(k key, v any, o Origin) Problem {
	return Problem{Key: k.name, Value: shown(k, v), Origin: o, Allowed: k.kind.allowed(), Remedy: o.remedy(k)}
}

// shown renders a value for a message: bounded, on one line, never a secret.
func shown(k key, v any) string {
	if k.secret {
		if s, ok := v.(string); ok {
			return fmt.Sprintf("(hidden, %d bytes)", len(s))
		}
		return "(hidden)"
	}
	switch v := v.(type) {
	case string:
		return quote(shorten(v))
	case bool, int64:
		return fmt.Sprint(v)
	case float64:
		return decimal{}.print(v)
	case map[string]any, []map[string]any:
		return "a table"
	case []any:
		return "an array"
	}
	return shorten(fmt.Sprint(v))
}

// shorten keeps a hostile or accidental value from flooding a message.
func shorten(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "..."
}
