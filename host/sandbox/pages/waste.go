package pages

// What protecting pages anew costs, in pages copied: the system calls, and the fault of each page when it is written
// again. Measured, in round numbers.
const (
	refreshCost = 64
	faultCost   = 10
)

// waste decides when pages that were written at some time, and are copied back by each Reset since, are worth being
// protected anew: once the copying that may have been for nothing has cost as much as protecting will. So a guest that
// always writes the same pages is left alone, and none pays more than double of what the best foresight would have.
type waste struct {
	resets int
	least  int // pages of the first reset: one call's own
	copied int // pages beyond least, in all resets
}

// add counts a reset that copied pages, and reports whether it is time.
func (w *waste) add(pages int) bool {
	if w.resets++; w.resets == 1 {
		w.least = pages
	}
	w.copied += pages - w.least
	return w.copied > refreshCost+faultCost*pages
}
