//go:build amd64 || arm64

package pages

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// ioctl runs a command on a descriptor.
func ioctl(fd int, command uintptr, arg unsafe.Pointer) error {
	_, err := ioctlCount(fd, command, arg)
	return err
}

// ioctlCount runs a command that answers with a number.
func ioctlCount(fd int, command uintptr, arg unsafe.Pointer) (int, error) {
	for {
		n, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), command, uintptr(arg))
		switch errno {
		case 0:
			return int(n), nil
		case unix.EINTR, unix.EAGAIN:
			continue
		}
		return 0, errno
	}
}
