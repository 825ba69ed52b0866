//go:build linux || darwin

package wire

import "golang.org/x/sys/unix"

// descriptorLimit tries to make want descriptors possible. It returns how many are, or 0 if that cannot be known.
func descriptorLimit(want uint64) uint64 {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	if limit.Cur >= want {
		return limit.Cur
	}
	for _, hard := range []uint64{max(limit.Max, want), limit.Max} { // the first one needs a privilege
		raised := unix.Rlimit{Cur: min(want, hard), Max: hard}
		if unix.Setrlimit(unix.RLIMIT_NOFILE, &raised) == nil {
			return raised.Cur
		}
	}
	return limit.Cur
}
