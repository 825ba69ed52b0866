//go:build amd64 || arm64

package pages

import "os"

const (
	// lessons is how many resets hot learns from. Until then all pages are dropped.
	lessons = 8
	// bridge is how many pages hot copies needlessly rather than drop them with a system call of their own.
	bridge = 2
)

// hot restores the pages that most calls write and drops the others, without asking what was written. It is the method
// Hot.
type hot struct {
	*mapping
	pages *reader
	keep  int // pages to copy at most
	page  int // bytes

	learned int     // resets that were looked at
	seen    []uint8 // for each page of the image, in how many of them it was written

	warm []span // to copy, in order
	cold []span // to drop: what lies between
}

// span is the bytes from lo to hi.
type span struct{ lo, hi int }

func newHot(m *mapping, image *Image, keep int) (*hot, error) {
	fd, err := image.openPagemap()
	if err != nil {
		return nil, err
	}
	page := os.Getpagesize()
	total := len(m.image) / page
	// As many spans as there can be, so that learning does not allocate later.
	spans := min(total/(bridge+2), keep) + 2
	h := &hot{
		mapping: m, pages: newReader(fd), keep: keep, page: page,
		seen: make([]uint8, total), warm: make([]span, 0, spans), cold: make([]span, 0, spans),
	}
	// What the kernel refuses it shall refuse now rather than in the midst of things.
	_, _, err = h.pages.next(&queryPrivate, m.address(0), m.address(page), 1)
	return h, err
}

func (h *hot) reset(high int) (Stats, error) {
	if err := h.drop(len(h.image), high); err != nil {
		return Stats{}, err
	}
	stats := Stats{Dropped: high > len(h.image)}
	if h.learned < lessons {
		return h.learn(stats)
	}
	for _, s := range h.warm {
		h.restore(s.lo, s.hi)
		stats.Dirty += (s.hi - s.lo) / h.page
	}
	for _, s := range h.cold {
		if err := h.drop(s.lo, s.hi); err != nil {
			return stats, err
		}
	}
	return stats, nil
}

// learn notes what was written since everything was last dropped, and drops it.
func (h *hot) learn(stats Stats) (Stats, error) {
	base := h.address(0)
	for next, end := base, base+uint64(len(h.image)); next < end; {
		found, stopped, err := h.pages.next(&queryPrivate, next, end, 0)
		if err != nil {
			return stats, err
		}
		for _, r := range found {
			lo, hi := int(r.start-base)/h.page, int(r.end-base)/h.page
			for i := lo; i < hi; i++ {
				h.seen[i]++
			}
			stats.Dirty += hi - lo
		}
		next = stopped
	}
	if h.learned++; h.learned == lessons {
		h.plan()
	}
	stats.Dropped = true
	return stats, h.drop(0, len(h.image))
}

// plan decides from what was seen which pages to copy from now on.
func (h *hot) plan() {
	h.warm, h.cold = h.warm[:0], h.cold[:0]
	total := 0
	for i, seen := range h.seen {
		if 2*seen < lessons {
			continue
		}
		lo, hi := i*h.page, (i+1)*h.page
		if n := len(h.warm); n > 0 && lo-h.warm[n-1].hi <= bridge*h.page {
			total += hi - h.warm[n-1].hi
			h.warm[n-1].hi = hi
		} else {
			total += h.page
			h.warm = append(h.warm, span{lo, hi})
		}
		if total > h.keep*h.page { // a guest this busy is not worth the memory
			h.warm = h.warm[:0]
			break
		}
	}
	end := 0
	for _, s := range h.warm {
		if s.lo > end {
			h.cold = append(h.cold, span{end, s.lo})
		}
		end = s.hi
	}
	if end < len(h.image) {
		h.cold = append(h.cold, span{end, len(h.image)})
	}
}

// decay drops what is resident and learns anew.
func (h *hot) decay() error {
	h.learned = 0
	clear(h.seen)
	return h.drop(0, h.open)
}
