package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// FileName is the name of the settings file in the configuration directory.
const FileName = "config.toml"

// Bounds of config.toml. A full one has about 3 KiB and no inline table. The decoder's memory grows with the square of
// the nesting, and a key nests once for each dot and each brace; these bounds keep the worst file below a second.
const (
	maxFileBytes = 64 << 10
	maxLineBytes = 2 << 10
	maxBraces    = 256
)

// settings is what one config.toml says: known keys with their values as the TOML decoder delivers them.
type settings struct {
	values   map[string]any
	unknown  []string
	problems Problems
}

// readFile returns the text of a config.toml, empty when there is none.
func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("open configuration: %w; check the permissions of the file", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return "", fmt.Errorf("read configuration: %w", err)
	}
	if len(raw) > maxFileBytes {
		return "", fmt.Errorf("read configuration %s: longer than %d bytes; is it the right file?", path, maxFileBytes)
	}
	return string(raw), nil
}

// parseFile sorts the content of a config.toml into known keys, warnings about unknown ones and problems with the
// shape. The error is a *SyntaxError.
func parseFile(path, content string) (settings, error) {
	if err := bounded(path, content); err != nil {
		return settings{}, err
	}
	var tree map[string]any
	if _, err := toml.Decode(content, &tree); err != nil {
		return settings{}, syntaxError(path, err)
	}
	s := settings{values: map[string]any{}}
	for _, section := range slices.Sorted(maps.Keys(tree)) {
		members, isTable := tree[section].(map[string]any)
		switch {
		case isTable:
			s.addSection(path, section, members)
		case isSection(section):
			s.problems = append(s.problems, Problem{
				Key: section, Value: shown(key{}, tree[section]), Origin: Origin{SourceFile, path},
				Allowed: "a table", Remedy: "write [" + section + "] and the keys below it",
			})
		default:
			s.unknown = append(s.unknown, unknownKey(path, toml.Key{section}))
		}
	}
	return s, nil
}

// bounded refuses what would cost the decoder too much.
func bounded(path, content string) error {
	line, braces := 0, 0
	for text := range strings.Lines(content) {
		line++
		braces += strings.Count(text, "{")
		switch {
		case len(text) > maxLineBytes:
			return &SyntaxError{path, line, fmt.Sprintf("line longer than %d bytes", maxLineBytes)}
		case braces > maxBraces:
			return &SyntaxError{path, line, fmt.Sprintf("more than %d braces", maxBraces)}
		}
	}
	return nil
}

func (s *settings) addSection(path, section string, members map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		full := section + "." + name
		// A dot inside a quoted part would make a name look like another key.
		if _, known := find(full); known && isSection(section) {
			s.values[full] = members[name]
			continue
		}
		s.unknown = append(s.unknown, unknownKey(path, toml.Key{section, name}))
	}
}

func isSection(name string) bool {
	return slices.ContainsFunc(table, func(k key) bool { return k.section() == name })
}

func unknownKey(path string, name toml.Key) string {
	w := fmt.Sprintf("%s: unknown key %s is ignored", path, shorten(name.String()))
	if near, ok := nearest(strings.Join(name, ".")); ok {
		w += "; did you mean " + near + "?"
	}
	return w
}

func syntaxError(path string, err error) error {
	line, reason := 1, err.Error()
	if parse, ok := errors.AsType[toml.ParseError](err); ok {
		line, reason = max(parse.Position.Line, 1), parse.Message
	}
	return &SyntaxError{File: path, Line: line, Reason: reason}
}
