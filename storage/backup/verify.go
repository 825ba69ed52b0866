package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"workcell/storage/lsm"
)

// Problem is what is wrong with a file of a backup.
type Problem struct {
	File string `json:"file"` // its path in the backup
	What string `json:"problem"`
}

// DamagedError says why a directory is no backup that could be restored. It lists everything that was found.
type DamagedError struct {
	Dir      string
	Problems []Problem
}

// Error names every file that is damaged.
func (e *DamagedError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s is not whole:", e.Dir)
	for _, p := range e.Problems {
		fmt.Fprintf(&b, "\n  %s: %s", visible(p.File), p.What)
	}
	return b.String()
}

// visible quotes a name that a terminal would not show as it is.
func visible(name string) string {
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` {
		return quoted
	}
	return name
}

func (e *DamagedError) add(file, format string, args ...any) {
	e.Problems = append(e.Problems, Problem{File: file, What: fmt.Sprintf(format, args...)})
}

// orNil is e, or nil if there is no problem.
func (e *DamagedError) orNil() error {
	if len(e.Problems) == 0 {
		return nil
	}
	return e
}

// Verify reads the whole backup in dir and returns its manifest. It finds every file that is missing, changed or too many,
// a store that does not open or ends with another commit than the manifest says, and a handler that is active without its
// module: a *DamagedError. It changes nothing.
func Verify(ctx context.Context, dir string) (Manifest, error) {
	return verify(ctx, newCopier(Options{}), dir)
}

func verify(ctx context.Context, c *copier, dir string) (Manifest, error) {
	if _, err := os.ReadDir(dir); err != nil {
		return Manifest{}, fmt.Errorf("%w: name the directory of a backup", err)
	}
	d := &DamagedError{Dir: dir}
	text, err := readManifest(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		d.add(manifestName, "missing: this is no backup, or one that did not come to its end")
		return Manifest{}, d
	}
	if err != nil {
		return Manifest{}, err
	}
	m, err := parseManifest(text)
	if err != nil {
		d.add(manifestName, "%v", err)
		return Manifest{}, d
	}
	d.findStrangers(m)
	if err := d.check(ctx, c, boxIn(dir), m); err != nil {
		return Manifest{}, err
	}
	return m, d.orNil()
}

// findStrangers adds what is in the backup and not in its manifest.
func (e *DamagedError) findStrangers(m Manifest) {
	listed := map[string]bool{".": true, manifestName: true}
	for _, f := range m.Files {
		listed[f.Name], listed[path.Dir(f.Name)] = true, true
	}
	_ = fs.WalkDir(os.DirFS(e.Dir), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			e.add(name, "%v", err)
		case listed[name]:
			return nil
		default:
			e.add(name, "does not belong to the backup")
		}
		if entry != nil && entry.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
}

// readManifest reads at most a byte more than a manifest may have; such a one does not parse.
func readManifest(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxManifestBytes+1))
}

// check compares the files of a box with the manifest and adds what is wrong. If nothing is, it opens the store, unless an
// older version wrote it. It returns an error only if ctx ended.
func (e *DamagedError) check(ctx context.Context, c *copier, box Box, m Manifest) error {
	for _, f := range m.Files {
		if err := e.checkFile(ctx, c, box.path(f.Name), f); err != nil {
			return err
		}
	}
	if len(e.Problems) > 0 || m.StoreFormat < lsm.FormatVersion { // an older one is brought up to date before it can be read
		return nil
	}
	found, err := look(box.Store)
	switch {
	case err != nil:
		e.add(storeName, "%v", err)
	case found.last != m.Sequence:
		e.add(storeName, "it ends with commit %d, and the manifest says %d", found.last, m.Sequence)
	case m.Format != storeOnly:
		e.Problems = append(e.Problems, found.lacking(m.Files)...)
	}
	return nil
}

// checkFile compares a file with its line in the manifest.
func (e *DamagedError) checkFile(ctx context.Context, c *copier, file string, f File) error {
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.add(f.Name, "missing")
		return nil
	case err != nil:
		e.add(f.Name, "%v", err)
		return nil
	case !info.Mode().IsRegular():
		e.add(f.Name, "is not a regular file")
		return nil
	case info.Size() != f.Bytes:
		e.add(f.Name, "has %d bytes, and had %d", info.Size(), f.Bytes)
		return nil
	}
	_, digest, err := c.digest(ctx, file)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		e.add(f.Name, "%v", err)
	case digest != f.SHA256:
		e.add(f.Name, "its content changed: the SHA-256 is not that of the manifest")
	}
	return nil
}
