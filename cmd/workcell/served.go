package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"workcell/host"
	"workcell/host/config"
	"workcell/host/deploy"
	"workcell/storage/catalog"
	"workcell/storage/txn"
)

// servedHandlers returns the handlers that a server would run on a store: what the program brings along, and in its place or
// beside it what was pushed and is active. missing says what cannot be loaded of that.
func servedHandlers(loaded config.Loaded, store *txn.Store) (modules []host.Module, missing []string, err error) {
	if modules, err = builtinHandlers(); err != nil {
		return nil, nil, err
	}
	dir := filepath.Join(loaded.Dir, deploy.ModulesDir)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return modules, nil, nil // nothing was ever pushed here
	}
	versions, err := catalog.Open(store, dir)
	if err != nil {
		return modules, []string{err.Error()}, nil
	}
	contents, err := versions.Read()
	if err != nil {
		return modules, []string{err.Error()}, nil
	}
	for _, d := range contents.Deployments {
		if d.State != catalog.Active {
			continue
		}
		wasm, err := versions.Load(d.Hash)
		if err != nil {
			missing = append(missing, fmt.Sprintf("handler %s %s: %v", d.Name, d.Version, err))
			continue
		}
		modules = slices.DeleteFunc(modules, func(m host.Module) bool { return m.Name == d.Name })
		modules = append(modules, host.Module{Name: d.Name, Wasm: wasm})
	}
	return modules, missing, nil
}
