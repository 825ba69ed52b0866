package backup

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"workcell/storage"
	"workcell/storage/catalog"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// quiet is the log of an engine that only looks.
var quiet = slog.New(slog.DiscardHandler)

// known is what a copy of a store says of itself.
type known struct {
	last   storage.Sequence              // its last commit
	needed map[string]catalog.Deployment // the active handlers, by the files of their modules
}

// look opens a copy of a store that nobody writes.
func look(dir string) (known, error) {
	engine, err := lsm.OpenReadOnly(dir, lsm.Options{CacheMiB: 1, Logger: quiet})
	if err != nil {
		return known{}, err
	}
	s, err := txn.Open(engine, txn.Config{})
	if err != nil {
		return known{}, errors.Join(err, engine.Close())
	}
	needed, err := catalog.Needed(s)
	return known{last: s.Sequence(), needed: needed}, errors.Join(err, s.Close())
}

// lacking returns the modules that are needed and not among files.
func (k known) lacking(files []File) (problems []Problem) {
	for _, file := range slices.Sorted(maps.Keys(k.needed)) {
		name := modulesName + "/" + file
		if slices.ContainsFunc(files, func(f File) bool { return f.Name == name }) {
			continue
		}
		d := k.needed[file]
		problems = append(problems, Problem{File: name, What: fmt.Sprintf("missing, and handler %s %s is active", d.Name, d.Version)})
	}
	return problems
}
