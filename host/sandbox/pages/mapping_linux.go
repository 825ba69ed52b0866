//go:build amd64 || arm64

package pages

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mapping is a stretch of addresses with a private view of an image at its start. The rest can be neither read nor
// written until it is lent, and so is not counted as committed by any system.
//
//	0            image             open             len(all)
//	| file, r/w    | anonymous, r/w  | anonymous, none |
type mapping struct {
	all   []byte // all addresses
	image []byte // the image's content
	open  int    // bytes that can be used
}

func newMapping(image *Image, size int) (*mapping, error) {
	if size == 0 {
		return nil, errors.New("memory of no pages")
	}
	const flags = unix.MAP_PRIVATE | unix.MAP_NORESERVE
	base, err := unix.MmapPtr(-1, 0, nil, uintptr(size), unix.PROT_NONE, flags|unix.MAP_ANON)
	if err != nil {
		return nil, refused("mmap", err)
	}
	m := &mapping{all: unsafe.Slice((*byte)(base), size)}
	if image != nil && image.Size() > 0 {
		if image.refused != nil {
			return nil, firstError(image.refused, m.free())
		}
		m.image, m.open = image.content, image.Size()
		prot := unix.PROT_READ | unix.PROT_WRITE
		if _, err := unix.MmapPtr(image.fd, 0, base, uintptr(m.open), prot, flags|unix.MAP_FIXED); err != nil {
			return nil, firstError(refused("mmap of the image", err), m.free())
		}
	}
	// A huge page would be copied for one byte written to it. EINVAL: this kernel has none.
	if err := unix.Madvise(m.all, unix.MADV_NOHUGEPAGE); err != nil && !errors.Is(err, unix.EINVAL) {
		return nil, firstError(refused("madvise MADV_NOHUGEPAGE", err), m.free())
	}
	return m, nil
}

func (m *mapping) resize(size int) ([]byte, error) {
	if size > m.open {
		if err := unix.Mprotect(m.all[m.open:size], unix.PROT_READ|unix.PROT_WRITE); err != nil {
			return nil, refused("mprotect", err)
		}
		m.open = size
	}
	return m.all[:size:size], nil
}

// restore copies the image to the bytes from lo to hi, and makes those beyond the image zero.
func (m *mapping) restore(lo, hi int) {
	if lo < len(m.image) {
		lo += copy(m.all[lo:hi], m.image[lo:])
	}
	clear(m.all[lo:hi])
}

// drop gives the private pages from lo to hi back: the next access finds the image, or zeros beyond it.
func (m *mapping) drop(lo, hi int) error {
	if lo == hi {
		return nil
	}
	return refused("madvise MADV_DONTNEED", unix.Madvise(m.all[lo:hi], unix.MADV_DONTNEED))
}

// address returns the address of the byte at an offset.
func (m *mapping) address(offset int) uint64 {
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(m.all)))) + uint64(offset)
}

func (m *mapping) free() error {
	return refused("munmap", unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(m.all)), uintptr(len(m.all))))
}
