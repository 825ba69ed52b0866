// Package pages gives a guest a memory that returns to its image in microseconds.
//
//	template ran its start-up --NewImage--> Image --New--> Memory --Reset--> Memory, as new
//	                                          |  \--New--> Memory
//	                                     sealed file       private mappings of it
//
// An Image is the content of a memory right after its guest has started, sealed for good. A Memory is one instance's
// memory: the image mapped privately, so that a page costs nothing until the guest writes to it, at the start of a
// stretch of reserved addresses, so that it grows in place. After a call Reset brings back every byte of the image, and
// a memory that has grown to its old size.
//
// # Methods
//
// What Reset must do is find the pages that were written. Probe names the best Method that works here:
//
//	uffd   the kernel notes each first write to a page (userfaultfd, asynchronous write protection) and Reset asks for
//	       the list (PAGEMAP_SCAN). Linux 6.7, on arm64 6.10
//	scan   Reset asks for the pages that have become private, whoever wrote them and when. Linux 6.7
//	read   the same, but Reset reads an entry for each page of the memory (/proc/self/pagemap). Any Linux
//	hot    Reset copies the pages that most calls write, as learned from the first ones, and drops the others. Any Linux
//	copy   Reset copies everything. Any system; the memory is an ordinary slice
//
// With uffd, scan and read a page once written stays resident and is copied back by every Reset from then on, as copying
// costs a tenth of a page fault. So that this does not add up, uffd protects the pages anew when it seems to be wasted
// (see waste.go), Reset drops all pages when more than Config.KeepBytes are found, and Decay gives back those that were
// not needed of late. A dropped page is the image's again.
//
// hot is better than read for memories of many MiB, of which every call writes the same few pages. Probe does not know
// the guest, and prefers read.
//
// # Invariants
//
// After Reset the bytes equal the image, whatever was written by whom, the bytes beyond are zero when they are next
// lent, and nothing that is learned or counted has any influence on that. Under uffd each page of the image that is not
// known to be written is write-protected, or else would not be noticed: dropping is therefore followed by protecting,
// and only a memory that was just restored is protected anew. Pages beyond the image are found as scan finds them.
//
// # Engine
//
// Memory has the methods of wazero's experimental.LinearMemory, without knowing it. The engine never shrinks a memory,
// but it believes what Reallocate answers: after a Reset with Stats.Shrunk the owner calls the engine's Grow(1), which
// Reallocate answers with the image's size. For that the engine must accept one page more than Config.MaxPages, in its
// own limit and in the maximum that the module declares. Reallocate refuses the guest the additional page.
//
// # Ownership
//
// A Memory belongs to one goroutine at a time. Free takes its addresses away: a guest that still runs, or a view of the
// memory that is still read, then ends the process. An Image is safe for concurrent use, and lives until it is closed
// and its last Memory freed. Nothing here starts a goroutine.
package pages
