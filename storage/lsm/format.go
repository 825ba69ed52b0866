package lsm

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// FormatVersion is the version of everything a data directory holds: key layout, record layouts, engine format. It goes
// up when an older program could no longer work on the result.
const FormatVersion = 1

const (
	formatFile  = "FORMAT"
	formatWord  = "workcell-store"
	formatFresh = "creating"
	maxFormat   = 256 // bytes; ours has about 20
)

// format is the content of the FORMAT file.
type format struct {
	version int
	fresh   bool // the first open has not succeeded yet
}

func (f format) String() string {
	text := formatWord + " " + strconv.Itoa(f.version)
	if f.fresh {
		text += " " + formatFresh
	}
	return text + "\n"
}

// parseFormat reads the content of a FORMAT file; ok is false if it is not one of ours. What follows the version is a
// newer program's business.
func parseFormat(text string) (f format, ok bool) {
	words := strings.Fields(text)
	if len(words) < 2 || words[0] != formatWord {
		return format{}, false
	}
	version, err := strconv.Atoi(words[1])
	if err != nil || version < 1 {
		return format{}, false
	}
	return format{version: version, fresh: len(words) > 2 && words[2] == formatFresh}, true
}

// checkFormat decides whether the directory may be opened. A directory without a FORMAT file must be empty; it gets one.
// It reports whether the store is a fresh one. Call with the directory lock held.
func checkFormat(files vfs.FS, dir string) (fresh bool, err error) {
	text, err := readFormat(files, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, claim(files, dir)
	case err != nil:
		return false, refuse(dir, ErrAccess, err)
	}
	f, ok := parseFormat(text)
	if !ok {
		return false, refuse(dir, ErrForeign, fmt.Errorf("%s says %.40q", formatFile, text))
	}
	if f.version > FormatVersion {
		return false, refuse(dir, ErrNewer, fmt.Errorf("format %d, this program knows %d", f.version, FormatVersion))
	}
	return f.fresh, nil
}

// claim makes an empty directory ours.
func claim(files vfs.FS, dir string) error {
	names, err := files.List(dir)
	if err != nil {
		return refuse(dir, ErrAccess, err)
	}
	for _, name := range names {
		switch name {
		case "LOCK", "lost+found", formatFile + ".tmp":
		default:
			return refuse(dir, ErrForeign, fmt.Errorf("no %s file, but there is %q", formatFile, name))
		}
	}
	return writeFormat(files, dir, format{version: FormatVersion, fresh: true})
}

func readFormat(files vfs.FS, dir string) (string, error) {
	file, err := files.Open(files.PathJoin(dir, formatFile))
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFormat))
	return string(text), err
}

// writeFormat replaces the FORMAT file: after a crash there is the old or the new one.
func writeFormat(files vfs.FS, dir string, f format) error {
	if err := replaceFile(files, dir, formatFile, f.String()); err != nil {
		return refuse(dir, ErrAccess, fmt.Errorf("write %s: %w", formatFile, err))
	}
	return nil
}

func replaceFile(files vfs.FS, dir, name, text string) error {
	path, temporary := files.PathJoin(dir, name), files.PathJoin(dir, name+".tmp")
	file, err := files.Create(temporary, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = file.Write([]byte(text))
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := files.Rename(temporary, path); err != nil {
		return err
	}
	return syncDir(files, dir)
}

func syncDir(files vfs.FS, dir string) error {
	d, err := files.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
