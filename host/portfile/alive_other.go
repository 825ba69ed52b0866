//go:build !unix

package portfile

import "os"

// alive reports whether pid is a process, as far as the system can tell: where a process cannot be looked up, every
// number counts as alive, so that no living server's file is lost.
func alive(pid int) bool {
	if pid <= 0 {
		return false
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = p.Release()
	return true
}
