package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// PlanRestore verifies the backup in dir and plans to make a box of it. The directory into.Store must be absent or empty.
// Modules come to those that are in into.Modules. A configuration file that is there stays as it is, and Plan.Keeps names
// it. A backup that is not whole gives a *DamagedError. The caller makes sure that nobody else makes a store of into.Store
// meanwhile; if somebody does, the run fails and leaves it as it is.
func PlanRestore(ctx context.Context, dir string, into Box) (*Plan, error) {
	p, err := plan(dir, into.Store)
	if err != nil {
		return nil, err
	}
	if p.manifest, err = Verify(ctx, dir); err != nil {
		return nil, fmt.Errorf("%w\nnothing was restored: use another backup", err)
	}
	p.source, p.target = boxIn(dir), &into
	p.staging = Box{Store: p.Partial, Modules: into.Modules + ".partial", Config: into.Config + ".partial"}
	p.Files, p.Sequence = slices.Clone(p.manifest.Files), p.manifest.Sequence
	if _, err := os.Lstat(into.Config); err == nil {
		p.Files = slices.DeleteFunc(p.Files, func(f File) bool { return f.Name == configName })
		if len(p.Files) < len(p.manifest.Files) {
			p.Keeps = into.Config
		}
	}
	p.Bytes = total(p.Files)
	return p, nil
}

// errAppeared: somebody made a file that a restore was going to make.
var errAppeared = errors.New("it appeared after the plan was made")

// publishBeside lets what belongs beside the store appear. It is done before the store appears, and may be done again.
func (p *Plan) publishBeside() error {
	dirs := map[string]bool{}
	for _, f := range p.Files {
		to := p.target.path(f.Name)
		switch {
		case f.Name == configName:
			if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s: %w", to, errors.Join(err, errAppeared))
			}
		case !isModule(f.Name):
			continue
		}
		dir := filepath.Dir(to)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if err := os.Rename(p.staging.path(f.Name), to); err != nil {
			return err
		}
		dirs[dir], dirs[filepath.Dir(p.target.Modules)] = true, true
	}
	for dir := range dirs {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	return os.RemoveAll(p.staging.Modules)
}
