package config

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
)

// Loaded is a configuration and the story of how it came about. It is a value to read, safe for concurrent use as long
// as nobody writes to its maps and slices.
type Loaded struct {
	Config   Config
	Dir      string            // the configuration directory, as given to Load
	Origins  map[string]Origin // for every key
	Unknown  []string          // what nobody reads: a warning for each key of the file, one line
	Warnings []string          // what was not taken as written; one line each

	drawn bool // Config.AuthDesktopUserID was drawn for this start
}

// Load reads the settings of the server whose configuration directory is dir.
//
// Later places win: defaults, dir/config.toml (need not exist; unknown keys are only told of), the environment as
// getenv tells it (pass os.LookupEnv; nil: empty), and overrides, which maps keys to values in the syntax of the
// environment and usually comes from the command line. Load creates nothing.
//
// The error is a *SyntaxError for a file that is no TOML, a Problems with every unusable value, or an error of the
// file system. With a Problems, the Loaded is still good to Show: keys with a problem have their defaults. Load borrows
// overrides until it returns.
func Load(dir string, getenv func(string) (string, bool), overrides map[string]string) (Loaded, error) {
	path := filepath.Join(dir, FileName)
	content, err := readFile(path)
	if err != nil {
		return Loaded{}, err
	}
	return load(dir, path, content, getenv, overrides)
}

// load is Load for a file that has been read.
func load(
	dir, path, content string, getenv func(string) (string, bool), overrides map[string]string,
) (Loaded, error) {
	file, err := parseFile(path, content)
	if err != nil {
		return Loaded{}, err
	}
	if getenv == nil {
		getenv = func(string) (string, bool) { return "", false }
	}
	l := Loaded{Config: Default(), Dir: dir, Origins: make(map[string]Origin, len(table)), Unknown: file.unknown}
	problems := file.problems
	bad := map[string]bool{}
	in := inputs{file: file.values, path: path, getenv: getenv, overrides: overrides}
	for _, k := range table {
		value, origin, unreadable := in.resolve(k)
		l.Origins[k.name] = origin
		if len(unreadable) == 0 && !k.kind.valid(value) {
			unreadable = Problems{problem(k, value, origin)}
		}
		if len(unreadable) > 0 {
			bad[k.name] = true
			problems = append(problems, unreadable...)
			continue
		}
		l.settle(k, value, origin)
	}
	problems = append(problems, unknownOverrides(overrides)...)
	problems = append(problems, crossCheck(&l.Config, dir, l.Origins, bad)...)
	return l, problems.err()
}

// settle puts a valid value into its field.
func (l *Loaded) settle(k key, value any, origin Origin) {
	if k.settle != nil {
		settled, note := k.settle(value)
		if note != "" {
			l.Warnings = append(l.Warnings, fmt.Sprintf("%s (%s): %s", k.name, origin, note))
		}
		l.drawn = l.drawn || value == "" && settled != ""
		value = settled
	}
	k.kind.set(&l.Config, value)
}

// inputs are the places that can name a key, besides the defaults.
type inputs struct {
	file      map[string]any
	path      string
	getenv    func(string) (string, bool)
	overrides map[string]string
}

// resolve returns the value of k that wins, where it came from, and a problem for every place whose value cannot be
// read.
func (in inputs) resolve(k key) (value any, origin Origin, unreadable Problems) {
	value = k.kind.fallback()
	take := func(raw, read any, ok bool, from Origin) {
		if !ok {
			unreadable = append(unreadable, problem(k, raw, from))
			return
		}
		value, origin = read, from
	}
	if raw, ok := in.file[k.name]; ok {
		read, ok := k.kind.decode(raw)
		take(raw, read, ok, Origin{SourceFile, in.path})
	}
	if k.env != "" {
		if raw, ok := in.getenv(k.env); ok {
			read, ok := k.kind.parse(raw)
			take(raw, read, ok, Origin{SourceEnvironment, k.env})
		}
	}
	if raw, ok := in.overrides[k.name]; ok {
		read, ok := k.kind.parse(raw)
		take(raw, read, ok, Origin{Source: SourceFlag})
	}
	return value, origin, unreadable
}

func unknownOverrides(overrides map[string]string) Problems {
	var ps Problems
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		if _, known := find(name); known {
			continue
		}
		p := Problem{
			Key: shorten(name), Value: "(not read)", Origin: Origin{Source: SourceFlag},
			Allowed: "a known key", Remedy: "correct it on the command line",
		}
		if near, ok := nearest(name); ok {
			p.Remedy = "did you mean " + near + "?"
		}
		ps = append(ps, p)
	}
	return ps
}
