//go:build amd64 || arm64

package pages

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The part of <linux/userfaultfd.h> that noting writes takes. With UFFD_FEATURE_WP_ASYNC the kernel lets a write to a
// protected page through and takes the protection off. Nobody is ever woken, so that the descriptor is never read.
const (
	uffdUserModeOnly = 1 // all that an unprivileged process may ask for

	uffdAPI                  = 0xaa
	uffdFeatureShmem         = 1 << 12 // UFFD_FEATURE_WP_HUGETLBFS_SHMEM
	uffdFeatureWPUnpopulated = 1 << 13
	uffdFeatureWPAsync       = 1 << 15
	uffdRegisterModeWP       = 1 << 1
	uffdWriteProtectModeWP   = 1 << 0

	ioctlUffdAPI          = 0xc018aa3f
	ioctlUffdRegister     = 0xc020aa00
	ioctlUffdWriteProtect = 0xc018aa06
)

type (
	uffdioAPI          struct{ api, features, ioctls uint64 }
	uffdioRegister     struct{ start, length, mode, ioctls uint64 }
	uffdioWriteProtect struct{ start, length, mode uint64 }
)

// newUffd returns a userfaultfd that notes writes.
func newUffd() (int, error) {
	const flags = unix.O_CLOEXEC | unix.O_NONBLOCK
	r, _, errno := unix.Syscall(unix.SYS_USERFAULTFD, flags|uffdUserModeOnly, 0, 0)
	if errno == unix.EINVAL { // before Linux 5.11
		r, _, errno = unix.Syscall(unix.SYS_USERFAULTFD, flags, 0, 0)
	}
	if errno != 0 {
		return -1, refused("userfaultfd", errno)
	}
	fd := int(r)
	api := uffdioAPI{api: uffdAPI, features: uffdFeatureWPAsync | uffdFeatureWPUnpopulated | uffdFeatureShmem}
	if err := ioctl(fd, ioctlUffdAPI, unsafe.Pointer(&api)); err != nil {
		return -1, errors.Join(refused("ioctl UFFDIO_API", err), unix.Close(fd))
	}
	return fd, nil
}

// register asks for notes of writes to length bytes at address start, until they are unmapped.
func register(uffd int, start uint64, length int) error {
	r := uffdioRegister{start: start, length: uint64(length), mode: uffdRegisterModeWP}
	return refused("ioctl UFFDIO_REGISTER", ioctl(uffd, ioctlUffdRegister, unsafe.Pointer(&r)))
}

// protect forgets all writes to length bytes at address start that were noted.
func protect(uffd int, start uint64, length int) error {
	p := uffdioWriteProtect{start: start, length: uint64(length), mode: uffdWriteProtectModeWP}
	return refused("ioctl UFFDIO_WRITEPROTECT", ioctl(uffd, ioctlUffdWriteProtect, unsafe.Pointer(&p)))
}
