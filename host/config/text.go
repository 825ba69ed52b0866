package config

import (
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text is a key whose value is taken as it stands, white space included.
type text struct {
	field func(*Config) *string
	def   string
	rule  rule
}

// rule is what a text must satisfy, and how to say so. Without an ok everything will do; with one, control characters
// and invalid UTF-8 are refused before ok is asked.
type rule struct {
	says string
	ok   func(string) bool
}

func (r rule) accepts(s string) bool { return r.ok == nil || printable(s) && r.ok(s) }

func (k text) fallback() any { return k.def }

func (k text) decode(v any) (any, bool) {
	s, ok := v.(string)
	return s, ok
}

func (k text) parse(s string) (any, bool) { return s, true }
func (k text) print(v any) string         { return v.(string) }
func (k text) valid(v any) bool           { return k.rule.accepts(v.(string)) }
func (k text) allowed() string            { return k.rule.says }
func (k text) get(c *Config) any          { return *k.field(c) }
func (k text) set(c *Config, v any)       { *k.field(c) = v.(string) }

// secretText is a text that is never shown. Any bytes will do; its length is checked together with auth.enabled.
type secretText struct {
	field func(*Config) *Secret
}

func (k secretText) fallback() any { return "" }

func (k secretText) decode(v any) (any, bool) {
	s, ok := v.(string)
	return s, ok
}

func (k secretText) parse(s string) (any, bool) { return s, true }
func (k secretText) print(v any) string         { return v.(string) }
func (k secretText) valid(any) bool             { return true }
func (k secretText) allowed() string            { return "a text of at least 32 bytes when auth.enabled is true" }
func (k secretText) get(c *Config) any          { return string(*k.field(c)) }
func (k secretText) set(c *Config, v any)       { *k.field(c) = Secret(v.(string)) }

var (
	anyText = rule{"a text without control characters", func(string) bool { return true }}

	levelWord = rule{"off, error, warn, info, debug or trace; any other word means info", nil}

	userID = rule{"a UUID; anything else means the default", nil}

	hostName = rule{"an address or a host name, without port and brackets (such as 127.0.0.1, ::1, localhost)", isHost}

	localPath = rule{"a path relative to the configuration directory, without ..", isLocal}

	optionalLocalPath = rule{
		"empty, or the path of a file relative to the configuration directory, without ..",
		func(s string) bool { return s == "" || isLocal(s) },
	}

	anyFile = rule{
		"empty, a path relative to the configuration directory without .., or an absolute path",
		func(s string) bool { return s == "" || filepath.IsAbs(s) || isLocal(s) },
	}

	logPath = rule{
		"empty (standard output), a path relative to logging.dir without .., or an absolute path",
		func(s string) bool { return s == "" || filepath.IsAbs(s) || isLocal(s) },
	}
)

var (
	origins = rule{
		"*, empty, or origins separated by commas, such as https://board.example, http://localhost:3000",
		func(s string) bool { return s == "*" || !slices.ContainsFunc(splitList(s), notOrigin) },
	}

	collectorURL = rule{
		"empty, or an http or https URL without user and password, such as http://127.0.0.1:4318",
		func(s string) bool { return s == "" || isCollector(s) },
	}
)

// splitList returns the parts of a list that is written with commas.
func splitList(s string) []string {
	var parts []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// notOrigin reports whether s is no origin as browsers send it: scheme, host and perhaps a port, and nothing else.
func notOrigin(s string) bool {
	u, err := url.Parse(s)
	return err != nil || u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != s
}

func isCollector(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil && u.Fragment == ""
}

// word accepts one of words, in any case.
func word(words ...string) rule {
	last := len(words) - 1
	says := strings.Join(words[:last], ", ") + " or " + words[last]
	return rule{says, func(s string) bool { return slices.Contains(words, strings.ToLower(s)) }}
}

// printable keeps texts out of the configuration that could forge log lines or break paths.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// isLocal reports whether s stays below the directory it is relative to, and is not that directory itself. Any ..
// is refused, even where it would cancel out.
func isLocal(s string) bool {
	if !filepath.IsLocal(s) || filepath.Clean(s) == "." {
		return false
	}
	return !slices.Contains(strings.Split(filepath.ToSlash(s), "/"), "..")
}

// isHost reports whether s can be listened on: an IP address, with a zone perhaps, or something shaped like a name.
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	outside := func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune("-._", r)
	}
	return s != "" && len(s) <= 253 && !strings.ContainsFunc(s, outside)
}
