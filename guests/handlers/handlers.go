// Package handlers holds the handlers that ship inside the binary, as built by `make guests` into dist. A binary that was
// built without them has none and says so.
package handlers

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Builtin returns the built-in handlers: their .wasm by name.
func Builtin() (map[string][]byte, error) {
	entries, err := fs.ReadDir(dist, "dist")
	if err != nil {
		return nil, err
	}
	modules := map[string][]byte{}
	for _, entry := range entries {
		name, isWasm := strings.CutSuffix(entry.Name(), ".wasm")
		if !isWasm {
			continue
		}
		if modules[name], err = dist.ReadFile(path.Join("dist", entry.Name())); err != nil {
			return nil, err
		}
	}
	return modules, nil
}
