package config

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Show writes every effective setting and where it came from, as a config.toml with comments: what it prints can be
// saved and loaded again. Secrets are masked and commented out. The error is w's.
func (l Loaded) Show(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# configuration directory: %s\n", quote(l.Dir))
	section := ""
	for _, k := range table {
		if s := k.section(); s != section {
			section = s
			fmt.Fprintf(&b, "\n[%s]\n", section)
		}
		line, comment := l.line(k)
		fmt.Fprintf(&b, "%-40s # %s\n", line, comment)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// line returns one setting and the comment behind it.
func (l Loaded) line(k key) (line, comment string) {
	value := k.kind.get(&l.Config)
	// The path of the file may hold anything; within a comment it must stay on the line.
	comment = strings.Trim(quote(l.Origins[k.name].String()), `"`)
	switch {
	case k.secret && value == "":
		return "# " + k.short() + " = none", comment
	case k.secret:
		return "# " + k.short() + " = " + shown(k, value), comment
	case k.name == "auth.desktop_user_id" && l.drawn:
		return k.short() + ` = ""`, comment + "; " + value.(string) + " was drawn"
	}
	return k.short() + " = " + literal(k, value), comment
}

// literal returns a value as TOML writes it.
func literal(k key, value any) string {
	if s, ok := value.(string); ok {
		return quote(s)
	}
	return k.kind.print(value)
}

// Setting is one effective setting, for machines.
type Setting struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`          // a mask for a secret
	Source string `json:"source"`         // default, file, environment or flag
	From   string `json:"from,omitempty"` // path of the file or name of the variable
}

// Settings returns every effective setting and where it came from, in the order of Show. The slice is the caller's.
func (l Loaded) Settings() []Setting {
	settings := make([]Setting, 0, len(table))
	for _, k := range table {
		value, origin := k.kind.get(&l.Config), l.Origins[k.name]
		if k.secret {
			value = Secret(value.(string))
		}
		settings = append(settings, Setting{k.name, value, origin.Source.String(), origin.Name})
	}
	return settings
}

// Summary returns the settings for one log record at start: a group for each section, without secrets. Safe for
// concurrent use.
func (l Loaded) Summary() []slog.Attr {
	attrs := []slog.Attr{slog.String("dir", l.Dir)}
	var members []slog.Attr
	for i, k := range table {
		value := k.kind.get(&l.Config)
		if k.secret {
			value = Secret(value.(string)).String()
		}
		members = append(members, slog.Any(k.short(), value))
		if i+1 == len(table) || table[i+1].section() != k.section() {
			attrs = append(attrs, slog.GroupAttrs(k.section(), members...))
			members = nil
		}
	}
	return attrs
}
