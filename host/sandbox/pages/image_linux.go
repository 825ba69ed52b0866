//go:build amd64 || arm64

package pages

import (
	"bytes"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// sealed is the content of an image as a file in memory, with the descriptors that all memories over it share.
type sealed struct {
	content []byte // a view of the file, or a copy if there is none
	fd      int    // of the file; -1: there is none
	refused error  // why there is none

	pagemap int // -1: not opened yet; guarded by Image.mu
	uffd    int // -1: not opened yet; guarded by Image.mu
}

// seal keeps content, in a file if that can be had.
func (s *sealed) seal(content []byte) {
	s.fd, s.pagemap, s.uffd = -1, -1, -1
	if len(content) == 0 {
		return
	}
	if s.refused = s.write(content); s.refused == nil {
		s.content, s.refused = mapPrivate(s.fd, len(content))
	}
	if s.refused != nil {
		s.shut()
		s.content = bytes.Clone(content)
	}
}

// write makes the file, writes what is not zero, and takes away everybody's right to change it.
func (s *sealed) write(content []byte) error {
	const name, flags = "workcell-image", unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate(name, flags|unix.MFD_NOEXEC_SEAL)
	if errors.Is(err, unix.EINVAL) { // before Linux 6.3
		fd, err = unix.MemfdCreate(name, flags)
	}
	if err != nil {
		return refused("memfd_create", err)
	}
	s.fd = fd
	if err := unix.Ftruncate(fd, int64(len(content))); err != nil {
		return refused("ftruncate", err)
	}
	page := os.Getpagesize()
	zero := make([]byte, page)
	for lo := 0; lo < len(content); {
		hi := lo + page
		if bytes.Equal(content[lo:hi], zero) {
			lo = hi
			continue
		}
		for hi < len(content) && !bytes.Equal(content[hi:hi+page], zero) {
			hi += page
		}
		for lo < hi {
			n, err := unix.Pwrite(fd, content[lo:hi], int64(lo))
			if err != nil && !errors.Is(err, unix.EINTR) {
				return refused("pwrite", err)
			}
			lo += max(n, 0)
		}
	}
	const seals = unix.F_SEAL_WRITE | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		return refused("fcntl F_ADD_SEALS", err)
	}
	return nil
}

// mapPrivate maps a file to read. Not shared: before Linux 6.7 a sealed file cannot be mapped so. Not populated: that
// would give memory to the zeros that were never written.
func mapPrivate(fd, size int) ([]byte, error) {
	view, err := unix.Mmap(fd, 0, size, unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, refused("mmap of the image", err)
	}
	return view, nil
}

// shut closes the descriptors.
func (s *sealed) shut() {
	for _, fd := range []*int{&s.fd, &s.pagemap, &s.uffd} {
		if *fd >= 0 {
			_ = unix.Close(*fd)
		}
		*fd = -1
	}
}

func (s *sealed) unseal() error {
	var err error
	if s.fd >= 0 {
		err = unix.Munmap(s.content)
	}
	s.content = nil
	s.shut()
	return err
}

// openPagemap returns the descriptor that answers questions about this process's pages, valid until the image ends.
func (i *Image) openPagemap() (int, error) {
	return i.open(&i.pagemap, func() (int, error) {
		const path = "/proc/self/pagemap"
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		return fd, refused("open "+path, err)
	})
}

// openUffd returns the descriptor under which writes are noted, valid until the image ends.
func (i *Image) openUffd() (int, error) { return i.open(&i.uffd, newUffd) }

// open opens one of the shared descriptors, unless somebody already has.
func (i *Image) open(fd *int, open func() (int, error)) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if *fd >= 0 {
		return *fd, nil
	}
	opened, err := open()
	if err != nil {
		return -1, err
	}
	*fd = opened
	return opened, nil
}
