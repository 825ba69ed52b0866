package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"workcell/storage"
	"workcell/storage/lsm"
)

// SpareBytes is the free space that a copy must leave at its target.
const SpareBytes = 16 << 20

// blockBytes is what a file takes at most beyond its size.
const blockBytes = 4 << 10

// Reasons to refuse a target.
var (
	ErrNotEmpty = errors.New("the directory is not empty")
	ErrNoSpace  = errors.New("not enough free space")
)

// ErrNoModule: a handler is active, and its module is not in the checkpoint. It may have been replaced, and its file removed,
// while the checkpoint was made.
var ErrNoModule = errors.New("the module of an active handler is missing")

// Plan is what a backup or a restore is going to do. Making one writes nothing.
type Plan struct {
	From     string           `json:"from"`            // the directory whose files are copied
	Into     string           `json:"into"`            // the backup or store: it appears, whole, at the end
	Partial  string           `json:"partial"`         // its name until then
	Replaces bool             `json:"replaces"`        // Partial is there, left by a run that was interrupted: it is replaced
	Keeps    string           `json:"keeps,omitempty"` // a configuration file that is there, and that a restore leaves as it is
	Sequence storage.Sequence `json:"sequence"`        // the last commit in the copy
	Files    []File           `json:"files"`
	Bytes    int64            `json:"bytes"`
	Free     int64            `json:"free"` // bytes at the target, when Partial is gone; -1: unknown

	source   Box
	staging  Box      // where the parts are until they are whole
	target   *Box     // of a restore
	manifest Manifest // of the backup that is restored, or what is known of the one to be made
}

// PlanBackup plans to copy checkpoint, which a Lender made and nobody writes, into the directory into, which must be absent
// or empty, in an existing one. version is the program's. A checkpoint that does not open gives an error with
// lsm.ErrDamaged, one that lacks the module of an active handler ErrNoModule.
func PlanBackup(checkpoint, into, version string) (*Plan, error) {
	p, err := plan(checkpoint, into)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Dir(p.Into)); err != nil {
		return nil, fmt.Errorf("%w: make the directory above the backup, or mount what should hold it", err)
	}
	p.source, p.staging = boxIn(checkpoint), boxIn(p.Partial)
	known, err := look(p.source.Store)
	if err != nil {
		return nil, err
	}
	if p.Files, err = p.source.files(); err != nil {
		return nil, err
	}
	if lacking := known.lacking(p.Files); len(lacking) > 0 {
		return nil, fmt.Errorf("%w: %s: %s; push another version, or start the server again, which goes back to one that is there",
			ErrNoModule, lacking[0].File, lacking[0].What)
	}
	p.Bytes, p.Sequence = total(p.Files), known.last
	p.manifest = Manifest{Format: FormatVersion, Version: version, StoreFormat: lsm.FormatVersion, Sequence: known.last}
	return p, nil
}

// plan looks at the target.
func plan(from, into string) (*Plan, error) {
	into, err := filepath.Abs(into)
	if err != nil {
		return nil, err
	}
	if err := checkTarget(into); err != nil {
		return nil, err
	}
	p := &Plan{From: from, Into: into, Partial: into + ".partial", Free: freeBytes(existing(into))}
	if _, err := os.Lstat(p.Partial); err == nil {
		p.Replaces = true
	}
	if p.Free >= 0 {
		p.Free += sizeOf(p.Partial)
	}
	return p, nil
}

// sizeOf returns the size of the files below a directory, as far as they can be seen.
func sizeOf(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}

// checkTarget makes sure that a directory can appear as into.
func checkTarget(into string) error {
	entries, err := os.ReadDir(into)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%w: choose a directory that is absent or empty", err)
	case len(entries) > 0:
		return fmt.Errorf("%s: %w (there is %q): nothing was changed; choose another one, or move its files away", into, ErrNotEmpty, entries[0].Name())
	case isMountPoint(into):
		return fmt.Errorf("%s is where a file system is mounted and cannot be replaced: choose a directory in it", into)
	}
	return nil
}

// existing returns the nearest directory above path that exists.
func existing(path string) string {
	for {
		above := filepath.Dir(path)
		if _, err := os.Stat(above); err == nil || above == path {
			return above
		}
		path = above
	}
}

// filesIn lists the files of a directory that holds nothing but files.
func filesIn(dir string) ([]File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []File
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is not a regular file", filepath.Join(dir, entry.Name()))
		}
		files = append(files, File{Name: entry.Name(), Bytes: info.Size()})
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files, nil
}

// Room returns an error with ErrNoSpace if the copy would leave less than SpareBytes at the target.
func (p *Plan) Room() error {
	need := p.Bytes + int64(len(p.Files)+2)*blockBytes + SpareBytes
	if p.Free < 0 || p.Free >= need {
		return nil
	}
	return fmt.Errorf("%s: %w: %d bytes are free and %d are needed (%d of them stay free): make room, or choose another target",
		existing(p.Into), ErrNoSpace, p.Free, need, SpareBytes)
}
