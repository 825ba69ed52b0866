package config

import "log/slog"

// Secret is a text that must not reach a log or a terminal. fmt, slog and the text encoders print a mask in its place;
// string(s) gives the text itself, to the one package that needs it.
type Secret string

// String returns a mask that tells only whether the secret is set.
func (s Secret) String() string {
	if s == "" {
		return "none"
	}
	return "(hidden)"
}

// GoString returns the same mask as String, for %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue returns the same mask as String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns the same mask as String, so that encoders cannot leak it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
