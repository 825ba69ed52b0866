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
// up when an older program could no longer work on the result; upgrades has the way.
const FormatVersion = 1

const (
	formatFile  = "FORMAT"
	formatWord  = "workcell-store"
	formatFresh = "creating"
	formatFrom  = "upgrading"
	maxFormat   = 256 // bytes; ours has about 20
)

// format is the content of the FORMAT file.
type format struct {
	version int
	fresh   bool // the first open has not succeeded yet
	from    int  // the data are being brought to version, and are at least at this one; 0: they are at version
}

func (f format) String() string {
	text := formatWord + " " + strconv.Itoa(f.version)
	if f.fresh {
		text += " " + formatFresh
	}
	if f.from != 0 {
		text += " " + formatFrom + " " + strconv.Itoa(f.from)
	}
	return text + "\n"
}

// parseFormat reads the content of a FORMAT file; ok is false if it is not one of ours. What follows the version is a
// newer program's business, if it is not one of our words.
func parseFormat(text string) (f format, ok bool) {
	words := strings.Fields(text)
	if len(words) < 2 || words[0] != formatWord {
		return format{}, false
	}
	version, err := strconv.Atoi(words[1])
	if err != nil || version < 1 {
		return format{}, false
	}
	f = format{version: version, fresh: len(words) == 3 && words[2] == formatFresh}
	if len(words) == 4 && words[2] == formatFrom {
		if f.from, err = strconv.Atoi(words[3]); err != nil || f.from < 1 || f.from >= version {
			return format{}, false
		}
	}
	return f, true
}

// checkFormat decides whether the directory may be opened by a program that works with version. A directory without a
// FORMAT file must be empty; it gets one. Call with the directory lock held.
func checkFormat(files vfs.FS, dir string, version int) (format, error) {
	text, err := readFormat(files, dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f := format{version: version, fresh: true}
		return f, claim(files, dir, f)
	case err != nil:
		return format{}, refuse(dir, ErrAccess, err)
	}
	return judgeFormat(dir, text, version)
}

// judgeFormat decides whether a directory with this FORMAT file may be opened.
func judgeFormat(dir, text string, version int) (format, error) {
	f, ok := parseFormat(text)
	if !ok {
		return format{}, refuse(dir, ErrForeign, fmt.Errorf("%s says %.40q", formatFile, text))
	}
	if f.version > version {
		return format{}, refuse(dir, ErrNewer, fmt.Errorf("format %d, this program knows %d", f.version, version))
	}
	return f, nil
}

// claim makes an empty directory ours.
func claim(files vfs.FS, dir string, f format) error {
	names, err := files.List(dir)
	if err != nil {
		return refuse(dir, ErrAccess, err)
	}
	for _, name := range names {
		switch name {
		case lockFile, "lost+found", formatFile + ".tmp":
		default:
			return refuse(dir, ErrForeign, fmt.Errorf("no %s file, but there is %q", formatFile, name))
		}
	}
	return writeFormat(files, dir, f)
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
		return refuse(dir, access(err), fmt.Errorf("write %s: %w", formatFile, err))
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
