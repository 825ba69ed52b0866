package backup

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// lendBeside puts what a box has beside its store into the box lent: the modules as links, for their files never change but
// may be removed at any time, and the configuration as a copy. A module that a version needs which the store calls active is
// among them, unless that version was replaced, and forgotten, since the checkpoint of the store was made.
func lendBeside(ctx context.Context, box, lent Box) error {
	c := newCopier(Options{})
	entries, err := os.ReadDir(box.Modules)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Mkdir(lent.Modules, 0o700); err != nil {
		return err
	}
	for _, entry := range entries {
		if !isModuleFile(entry.Name()) {
			continue
		}
		if err := c.linkOrCopy(ctx, filepath.Join(box.Modules, entry.Name()), filepath.Join(lent.Modules, entry.Name())); err != nil {
			return err
		}
	}
	_, _, err = c.file(ctx, box.Config, lent.Config)
	return unlessGone(err)
}

// linkOrCopy gives a file a second name, or makes a copy where that cannot be. A file that is gone is none.
func (c *copier) linkOrCopy(ctx context.Context, from, to string) error {
	err := c.link(from, to)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		_, _, err = c.file(ctx, from, to)
	}
	return unlessGone(err)
}

func unlessGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
