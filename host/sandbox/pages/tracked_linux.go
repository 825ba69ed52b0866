//go:build amd64 || arm64

package pages

import "os"

// tracked restores the pages that the kernel says were written, and leaves them resident. It is the methods Read and
// Scan, where a page was written if it is private, and Uffd, where it was written if it is no longer protected.
type tracked struct {
	*mapping
	pages finder
	uffd  int // -1: not Uffd
	keep  int // pages to restore at most
	page  int // bytes
	waste waste
}

// finder finds pages of q from address start on, until end, until there are limit of them (0: all) or it has no room for
// more. It returns a view of them as regions, valid until the next call, and the address where it stopped.
type finder interface {
	next(q *query, start, end uint64, limit int) (found []region, stopped uint64, err error)
}

func newTracked(m *mapping, image *Image, keep int, method Method) (*tracked, error) {
	t := &tracked{mapping: m, uffd: -1, keep: keep, page: os.Getpagesize()}
	fd, err := image.openPagemap()
	if err != nil {
		return nil, err
	}
	if method == Read {
		t.pages = newReader(fd)
	} else {
		t.pages = &scanner{fd: fd}
	}
	if method == Uffd && len(m.image) > 0 {
		if t.uffd, err = image.openUffd(); err != nil {
			return nil, err
		}
		if err := register(t.uffd, m.address(0), len(m.image)); err != nil {
			return nil, err
		}
		if err := t.protect(); err != nil {
			return nil, err
		}
	}
	// What the kernel refuses it shall refuse now rather than in the midst of things.
	_, _, err = t.pages.next(&queryPrivate, m.address(0), m.address(t.page), 1)
	return t, err
}

func (t *tracked) reset(high int) (Stats, error) {
	within := &queryPrivate
	if t.uffd >= 0 {
		within = &queryWritten
	}
	dirty, err := t.bringBack(within, 0, len(t.image), 0)
	stale := t.uffd >= 0 && t.waste.add(dirty)
	if err == nil && high > len(t.image) && dirty <= t.keep {
		dirty, err = t.bringBack(&queryPrivate, len(t.image), high, dirty)
	}
	stats := Stats{Dirty: dirty}
	switch {
	case err != nil:
	case dirty > t.keep:
		stats.Dropped = true
		if err = t.drop(0, high); err == nil {
			err = t.protect()
		}
	case stale:
		stats.Dropped = true
		err = t.refresh()
	}
	return stats, err
}

// bringBack restores the pages of q from lo to hi and returns dirty plus their number. It stops beyond t.keep, with the
// work half done.
func (t *tracked) bringBack(q *query, lo, hi, dirty int) (int, error) {
	base := t.address(0)
	for next, end := base+uint64(lo), base+uint64(hi); next < end; {
		found, stopped, err := t.pages.next(q, next, end, t.keep-dirty+1)
		if err != nil {
			return dirty, err
		}
		for _, r := range found {
			if dirty += int(r.end-r.start) / t.page; dirty > t.keep {
				return dirty, nil
			}
			t.restore(int(r.start-base), int(r.end-base))
		}
		next = stopped
	}
	return dirty, nil
}

func (t *tracked) decay() error {
	if t.uffd < 0 {
		return t.drop(0, t.open)
	}
	if err := t.drop(len(t.image), t.open); err != nil {
		return err
	}
	return t.refresh()
}

// refresh drops the pages of the image that were not written since the last time and protects the others. All must have
// been restored.
func (t *tracked) refresh() error {
	if err := t.dropCold(); err != nil {
		return err
	}
	return t.protect()
}

// dropCold drops the pages of the image that were not written since they were last protected.
func (t *tracked) dropCold() error {
	base := t.address(0)
	for next, end := base, base+uint64(len(t.image)); next < end; {
		found, stopped, err := t.pages.next(&queryCold, next, end, 0)
		if err != nil {
			return err
		}
		for _, r := range found {
			if err := t.drop(int(r.start-base), int(r.end-base)); err != nil {
				return err
			}
		}
		next = stopped
	}
	return nil
}

// protect protects all pages of the image, which must have been restored.
func (t *tracked) protect() error {
	t.waste = waste{}
	if t.uffd < 0 || len(t.image) == 0 {
		return nil
	}
	return protect(t.uffd, t.address(0), len(t.image))
}
