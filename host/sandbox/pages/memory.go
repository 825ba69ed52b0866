package pages

import "fmt"

// Config says how a Memory is kept.
type Config struct {
	Method   Method // as Probe found it
	MaxPages int    // largest size of the memory in pages of PageBytes; 0: as large as the image

	// KeepBytes is how much private memory a Reset may leave resident, and thereby how much it copies. 0: 2 MiB. The
	// method Copy does not look at it.
	KeepBytes int
}

// Stats says what a Reset did. Pages are the system's, see os.Getpagesize.
type Stats struct {
	Dirty   int  // pages that were found written since they were last dropped, or had to be taken for it
	Dropped bool // pages were given back to the system: the next call meets page faults
	Shrunk  bool // the memory had grown: the engine's Grow(1) is due now
}

// Memory is the memory of one instance. One goroutine at a time.
type Memory struct {
	image  *Image // nil: of a template
	space  space
	start  int  // bytes at the start and after a Reset
	high   int  // most bytes lent since the last Reset
	max    int  // most bytes there may be
	shrink bool // Reallocate is to answer start
	freed  bool
}

// space is where the bytes are, and a way to restore them.
type space interface {
	// resize returns the first size bytes. Those beyond the image are zero when they are first lent after a reset.
	resize(size int) ([]byte, error)
	// reset restores the image and makes the bytes from there up to high zero.
	reset(high int) (Stats, error)
	// decay gives memory back that was not needed of late. The bytes were just restored, and stay what they are.
	decay() error
	free() error
}

// New returns a memory with the content of image, or an empty one if image is nil, as a template needs. The caller owns
// it and ends it with Free, directly or through the engine. The error is an *Error if the system cannot do what
// cfg.Method needs.
func New(image *Image, cfg Config) (*Memory, error) {
	m := &Memory{image: image}
	if image != nil {
		m.start = image.Size()
	}
	if cfg.MaxPages == 0 {
		cfg.MaxPages = m.start / PageBytes
	}
	if cfg.KeepBytes == 0 {
		cfg.KeepBytes = 2 << 20
	}
	if cfg.MaxPages < max(m.start/PageBytes, 1) || cfg.MaxPages > MaxPages || uint64(cfg.MaxPages)*PageBytes > maxInt {
		return nil, fmt.Errorf("memory of at most %d pages over an image of %d", cfg.MaxPages, m.start/PageBytes)
	}
	m.high, m.max = m.start, cfg.MaxPages*PageBytes
	if image != nil {
		if err := image.retain(); err != nil {
			return nil, err
		}
	}
	var err error
	if cfg.Method == Copy {
		m.space = newHeap(image, cfg.KeepBytes)
	} else if m.space, err = newSpace(image, m.max, cfg); err != nil {
		if image != nil {
			_ = image.release()
		}
		return nil, fmt.Errorf("memory with method %v: %w", cfg.Method, err)
	}
	return m, nil
}

const maxInt = uint64(^uint(0) >> 1)

// Reallocate returns the memory with a length of size bytes, or of the image if that is longer. It is for the engine. It
// returns nil if size is beyond Config.MaxPages or the system has no memory. The first Reallocate after a Reset with
// Stats.Shrunk answers with the length of the image, whatever size is. The bytes may have moved only under Copy.
func (m *Memory) Reallocate(size uint64) []byte {
	switch {
	case m.freed:
		return nil
	case m.shrink:
		size = uint64(m.start)
	case size > uint64(m.max):
		return nil
	}
	length := max(int(size), m.start)
	lent, err := m.space.resize(length)
	if err != nil {
		return nil
	}
	if m.shrink {
		m.shrink, m.high = false, length
	}
	m.high = max(m.high, length)
	return lent
}

// Reset makes the memory what it was after New. If the guest had grown it, Stats.Shrunk is set, and the owner calls the
// engine's Grow(1) before anything else touches the memory. After an error the content is unknown: discard the instance.
// No guest may be running. Reset does not allocate.
func (m *Memory) Reset() (Stats, error) {
	switch {
	case m.freed:
		return Stats{}, ErrFreed
	case m.image == nil:
		return Stats{}, ErrNoImage
	}
	stats, err := m.space.reset(m.high)
	if err != nil {
		return stats, err
	}
	m.shrink = m.high > m.start
	stats.Shrunk = m.shrink
	return stats, nil
}

// Decay is a Reset that also gives back memory which the calls of late did not use: under Uffd the pages that no call
// wrote since the Decay before, under other methods all private pages, Copy excepted. The next call pays a page fault for
// each page that it writes. To be called from time to time, a few times a minute, and on an instance that falls idle.
func (m *Memory) Decay() (Stats, error) {
	stats, err := m.Reset()
	if err == nil {
		err = m.space.decay()
	}
	return stats, err
}

// Free gives the memory back to the system. The engine calls it when the instance is closed. Nobody may be using the
// bytes any more, see the package. A second Free does nothing.
func (m *Memory) Free() {
	if m.freed {
		return
	}
	m.freed = true
	err := m.space.free()
	if m.image != nil {
		err = firstError(err, m.image.release())
	}
	if err != nil { // the addresses are ours and whole: only a broken invariant gets here
		panic(fmt.Sprintf("pages: free: %v", err))
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
