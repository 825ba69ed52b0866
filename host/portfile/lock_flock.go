//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package portfile

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockPatience bounds the wait for other processes, which hold the lock for a few file operations.
const lockPatience = 2 * time.Second

// lock takes dir for one change of its file; unlock gives it back. The lock is on the directory itself, so that
// nothing is left behind, and the system drops it when its process dies. File systems without locks are used without.
func lock(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for start := time.Now(); ; time.Sleep(2 * time.Millisecond) {
		err = syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		busy := errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR)
		if !busy {
			return func() { _ = d.Close() }, nil
		}
		if time.Since(start) > lockPatience {
			_ = d.Close()
			return nil, fmt.Errorf("%s is locked by another process", dir)
		}
	}
}
