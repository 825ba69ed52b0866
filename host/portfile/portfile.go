package portfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxBytes bounds what Read accepts; a real file has about 120 bytes.
const maxBytes = 64 << 10

var (
	// ErrStale says that the file named a process that is gone. Errors that match it match fs.ErrNotExist as well.
	ErrStale = errors.New("the server that wrote it is gone")
	// ErrMalformed says that the file is not what a server writes.
	ErrMalformed = errors.New("malformed")
	// ErrForeign says that the file belongs to another server that is alive. See ForeignError.
	ErrForeign = errors.New("another server is running")
)

// ForeignError names the living server that owns the file. It matches ErrForeign.
type ForeignError struct {
	File string
	PID  int
}

// Error returns the owner's process number and a hint.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s belongs to process %d: %v; stop it, or use another configuration directory",
		e.File, e.PID, ErrForeign)
}

// Unwrap returns ErrForeign.
func (e *ForeignError) Unwrap() error { return ErrForeign }

// Write puts info into dir's file, which clients then see all at once. Call it after the listener is bound, with its
// actual port and the caller's own process number. A host that means all interfaces, or an empty one, is written as
// 127.0.0.1. dir is created, for its owner only, when missing.
//
// A file of a dead process, of the same process or with malformed content is replaced; that of another living process
// is left alone and reported as a *ForeignError. An Info that Read would refuse is an error. Safe for concurrent use,
// also by several processes.
func Write(dir string, info Info) error {
	content, err := encode(info)
	if err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("write port file: %w; check the permissions of the directory", err)
	}
	unlock, err := lock(dir)
	if err != nil {
		return fmt.Errorf("write port file: %w", err)
	}
	defer unlock()
	path := filepath.Join(dir, FileName)
	owner, err := read(path)
	switch {
	case err == nil && owner.PID != info.PID && alive(owner.PID):
		return &ForeignError{File: path, PID: owner.PID}
	case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, ErrMalformed):
		return err
	}
	if err := replace(path, content); err != nil {
		return fmt.Errorf("write port file: %w; check the permissions of the directory", err)
	}
	return nil
}

// Remove deletes dir's file if it carries pid, the caller's own process number. A file of anyone else, a malformed one
// and a missing one are left as they are, without an error. Safe for concurrent use, also by several processes.
func Remove(dir string, pid int) error {
	return removeIf(dir, func(owner Info) bool { return owner.PID == pid })
}

// Read returns what dir's file says about a living server.
//
// A file whose process is gone is deleted, as far as permissions allow, and reported as ErrStale; a missing file is
// fs.ErrNotExist, and so is a stale one. Content that no server writes is ErrMalformed, and stays. Safe for concurrent
// use, also by several processes.
func Read(dir string) (Info, error) {
	path := filepath.Join(dir, FileName)
	info, err := read(path)
	if err != nil {
		return Info{}, err
	}
	if alive(info.PID) {
		return info, nil
	}
	// A file that cannot be deleted is still stale; the next server replaces it.
	_ = removeIf(dir, func(owner Info) bool { return owner.PID == info.PID && !alive(owner.PID) })
	return Info{}, fmt.Errorf("port file %s of process %d: %w (%w)", path, info.PID, ErrStale, fs.ErrNotExist)
}

// removeIf deletes the file if its owner is the one meant, with nobody writing in between.
func removeIf(dir string, meant func(Info) bool) error {
	path := filepath.Join(dir, FileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	unlock, err := lock(dir)
	if err != nil {
		return fmt.Errorf("remove port file: %w", err)
	}
	defer unlock()
	owner, err := read(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrMalformed) || err == nil && !meant(owner) {
		return nil
	}
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove port file: %w", err)
	}
	return nil
}

// read returns what the file says, whether or not its process lives.
func read(path string) (Info, error) {
	f, err := os.Open(path)
	if err != nil {
		return Info{}, fmt.Errorf("read port file: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return Info{}, fmt.Errorf("read port file: %w", err)
	}
	if len(raw) > maxBytes {
		return Info{}, fmt.Errorf("port file %s: %w: longer than %d bytes", path, ErrMalformed, maxBytes)
	}
	info, err := decode(raw)
	if err != nil {
		return Info{}, fmt.Errorf("port file %s: %w: %w; delete it if no server is running", path, ErrMalformed, err)
	}
	return info, nil
}

// replace writes content under another name in the same directory and renames it to path.
func replace(path string, content []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".server-*.json")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
