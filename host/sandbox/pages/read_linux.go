//go:build amd64 || arm64

package pages

import (
	"encoding/binary"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// The entry of a page in /proc/self/pagemap, 8 bytes in the machine's order.
const (
	entryBytes   = 8
	entryFile    = 1 << 61 // of a file, or shared
	entrySwapped = 1 << 62
	entryPresent = 1 << 63
)

// reader finds private pages as scanner does, but reads an entry for each page: any Linux has them. A page of zeros that
// was only read counts as private.
type reader struct {
	fd      int    // of /proc/self/pagemap, borrowed
	page    uint64 // bytes
	entries [512 * entryBytes]byte
	found   [128]region
}

func newReader(fd int) *reader { return &reader{fd: fd, page: uint64(os.Getpagesize())} }

// next implements finder. The query is queryPrivate.
func (r *reader) next(_ *query, start, end uint64, limit int) ([]region, uint64, error) {
	buf := r.entries[:min(uint64(len(r.entries)), (end-start)/r.page*entryBytes)]
	n, err := unix.Pread(r.fd, buf, int64(start/r.page*entryBytes))
	switch {
	case errors.Is(err, unix.EINTR):
		return nil, start, nil
	case err == nil && n < entryBytes:
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, start, refused("read /proc/self/pagemap", err)
	}
	regions, pages := 0, 0
	for buf = buf[:n]; len(buf) >= entryBytes; buf = buf[entryBytes:] {
		e := binary.NativeEndian.Uint64(buf)
		next := start + r.page
		if e&entryFile == 0 && e&(entryPresent|entrySwapped) != 0 {
			if regions > 0 && r.found[regions-1].end == start {
				r.found[regions-1].end = next
			} else if regions < len(r.found) {
				r.found[regions] = region{start: start, end: next}
				regions++
			} else {
				break
			}
			if pages++; pages == limit {
				return r.found[:regions], next, nil
			}
		}
		start = next
	}
	return r.found[:regions], start, nil
}
