package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// DirEnv is the environment variable that names the configuration directory.
const DirEnv = "PM_CONFIG_DIR"

// dirName is the configuration directory's name below a work tree or a home directory.
const dirName = ".pm"

// ErrNoDir says that no rule of Dir found a configuration directory.
var ErrNoDir = errors.New("no configuration directory found; name one with " + DirEnv + " or on the command line")

// Dir returns the absolute path of the configuration directory, which need not exist. The first of these that names
// one wins:
//
//  1. explicit, usually from the command line; relative to cwd
//  2. the variable PM_CONFIG_DIR; relative to cwd
//  3. .pm at the top of the git work tree around cwd, as git tells it; skipped without git
//  4. .pm below the repo_root of a config.json next to executable
//  5. .pm in the home directory
//
// An empty explicit, cwd or executable skips its rules; an empty variable counts as unset. Clients find the server by
// the same search. It returns ErrNoDir when even the home directory is unknown. Safe for concurrent use.
func Dir(explicit string, getenv func(string) (string, bool), cwd, executable string) (string, error) {
	env := func(name string) string {
		if getenv == nil {
			return ""
		}
		value, _ := getenv(name)
		return value
	}
	if explicit == "" {
		explicit = env(DirEnv)
	}
	if explicit != "" {
		return below(cwd, explicit), nil
	}
	if top, ok := workTree(cwd); ok {
		return filepath.Join(top, dirName), nil
	}
	if root, ok := repoRoot(executable); ok {
		return below(cwd, filepath.Join(root, dirName)), nil
	}
	home := "HOME"
	if runtime.GOOS == "windows" {
		home = "USERPROFILE"
	}
	if home := env(home); home != "" {
		return below(cwd, filepath.Join(home, dirName)), nil
	}
	return "", ErrNoDir
}

// below makes path absolute, starting from cwd.
func below(cwd, path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(cwd, path)
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return filepath.Clean(path)
}

// EnsureDir creates dir, for its owner only, when it is missing. Permissions of an existing one are left alone.
func EnsureDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("configuration directory %s is a file; move it away or name another directory with %s",
			dir, DirEnv)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create configuration directory: %w; check the permissions or name another directory with %s",
			err, DirEnv)
	}
	return nil
}
