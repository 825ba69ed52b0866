//go:build amd64 || arm64

package pages

import (
	"runtime"
	"unsafe"
)

// The part of <linux/fs.h> that PAGEMAP_SCAN takes.
const (
	pageIsWritten = 1 << 1
	pageIsFile    = 1 << 2
	pageIsPresent = 1 << 3
	pageIsSwapped = 1 << 4
	pageIsZero    = 1 << 5 // PAGE_IS_PFNZERO: the page of zeros that all readers share

	ioctlPagemapScan = 0xc0606610
)

// scanArg is struct pm_scan_arg.
type scanArg struct {
	size, flags, start, end, walkEnd, vec, vecLen, maxPages uint64
	query
}

// query says which pages are meant: those which have all categories of all and one of any, where a category of not
// counts as its opposite. The kernel answers neighbours as one region, if they are alike in the categories of show.
type query struct{ not, all, any, show uint64 }

var (
	// queryWritten means the pages that are not protected. The kernel has a shorter way for exactly this query. It
	// also finds pages that were never touched, unless they were protected.
	queryWritten = query{all: pageIsWritten, show: pageIsWritten}

	// queryPrivate means pages of this process alone: neither the file's nor the shared zeros. Protection without a
	// page counts as swapped.
	queryPrivate = query{
		not:  pageIsFile | pageIsZero,
		all:  pageIsFile | pageIsZero,
		any:  pageIsPresent | pageIsSwapped,
		show: pageIsPresent,
	}

	// queryCold means private pages that are protected still.
	queryCold = query{
		not:  pageIsFile | pageIsZero | pageIsWritten,
		all:  pageIsFile | pageIsZero | pageIsWritten | pageIsPresent,
		show: pageIsPresent,
	}
)

// region is struct page_region.
type region struct {
	start, end uint64
	_          uint64 // categories
}

// scanner asks the kernel for pages, of any query. It holds what the kernel reads and fills, so that scanning does not
// allocate.
type scanner struct {
	fd    int // of /proc/self/pagemap, borrowed
	arg   scanArg
	found [128]region
}

// next implements finder.
func (s *scanner) next(q *query, start, end uint64, limit int) ([]region, uint64, error) {
	s.arg = scanArg{
		size:     uint64(unsafe.Sizeof(s.arg)),
		start:    start,
		end:      end,
		vec:      uint64(uintptr(unsafe.Pointer(&s.found))),
		vecLen:   uint64(len(s.found)),
		maxPages: uint64(limit),
		query:    *q,
	}
	n, err := ioctlCount(s.fd, ioctlPagemapScan, unsafe.Pointer(&s.arg))
	runtime.KeepAlive(s)
	if err != nil {
		return nil, start, refused("ioctl PAGEMAP_SCAN", err)
	}
	return s.found[:n], s.arg.walkEnd, nil
}
