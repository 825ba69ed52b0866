package backup

import (
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// freeBytes returns the space that is free for us where dir is; -1: unknown.
func freeBytes(dir string) int64 {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return -1
	}
	return int64(s.Bavail) * int64(s.Frsize)
}

// isMountPoint reports whether dir is the top of a file system.
func isMountPoint(dir string) bool {
	device := func(path string) (uint64, bool) {
		info, err := os.Stat(path)
		if err != nil {
			return 0, false
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return 0, false
		}
		return stat.Dev, true
	}
	own, ok := device(dir)
	above, okAbove := device(filepath.Dir(dir))
	return ok && okAbove && own != above
}

// forget lets the system drop what it keeps of a synced file in memory: it will be read back from the medium, and the
// copy does not push out what the server needs.
func forget(f *os.File) {
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // only an advice
}
