//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package portfile

// lock does nothing on systems without locks on directories.
func lock(string) (unlock func(), err error) { return func() {}, nil }
