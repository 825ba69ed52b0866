//go:build unix

package portfile

import (
	"errors"
	"syscall"
)

// alive reports whether pid is a process. One that we may not signal lives. Numbers below 1 mean groups of processes
// to kill(2), and are nobody.
func alive(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
