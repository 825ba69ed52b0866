package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"workcell/host/config"
	"workcell/storage/backup"
)

// filesElsewhere are the files that a server reads besides its own: only the operator knows where copies of them may lie.
func filesElsewhere(loaded config.Loaded) []string {
	cert, key := loaded.TLSFiles()
	files := []string{cert, key, loaded.PublicKeyFile()}
	for entry := range strings.SplitSeq(loaded.Config.HandlerTrustedKeys, ",") {
		path := strings.TrimSpace(entry)
		if !filepath.IsAbs(path) {
			path = filepath.Join(loaded.Dir, path)
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() { // else it is the key itself
			files = append(files, path)
		}
	}
	return slices.DeleteFunc(files, func(path string) bool { return path == "" })
}

// contents says for people which parts of a box files are of.
func contents(files []backup.File) string {
	modules, others := 0, []string{"the store"}
	for _, f := range files {
		switch dir, _, below := strings.Cut(f.Name, "/"); {
		case !below:
			others = append(others, f.Name)
		case dir == "modules":
			modules++
		}
	}
	if modules > 0 {
		others = append(others, fmt.Sprintf("modules of handlers (%d)", modules))
	}
	return strings.Join(others, ", ")
}
