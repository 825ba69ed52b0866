package pages_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"workcell/host/sandbox/pages"
)

// eachMethod runs test with every method that works here. Of the others it demands an error that says why.
func eachMethod(t *testing.T, test func(t *testing.T, method pages.Method)) {
	for _, method := range pages.Methods() {
		t.Run(method.String(), func(t *testing.T) {
			if err := pages.Try(method); err != nil {
				wantRefused(t, method, err)
				return
			}
			test(t, method)
		})
	}
}

// wantRefused fails the test unless err and New agree that the system refuses the method.
func wantRefused(t *testing.T, method pages.Method, err error) {
	t.Helper()
	t.Logf("not on this system: %v", err)
	image := newImage(t, content(1))
	_, again := pages.New(image, pages.Config{Method: method})
	for _, err := range []error{err, again} {
		var refused *pages.Error
		if !errors.As(err, &refused) || refused.Step == "" || refused.Err == nil {
			t.Errorf("error %v (%T) is not a whole *pages.Error", err, err)
		}
	}
}

// content returns n pages that are mostly not zero. Fewer pages are the beginning of more.
func content(n int) []byte {
	if size := n * pages.PageBytes; size <= len(manyPages()) {
		return bytes.Clone(manyPages()[:size])
	}
	return bytes.Repeat(manyPages(), n/manyPagesCount+1)[:n*pages.PageBytes]
}

const manyPagesCount = 64

var manyPages = sync.OnceValue(func() []byte {
	b := make([]byte, manyPagesCount*pages.PageBytes)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		if i>>13&3 != 3 { // every fourth 8 KiB stay zero
			b[i] = byte(r.Uint32())
		}
	}
	return b
})

// scaled returns n where the system's pages have 4 KiB, and as many more as they are larger, so that n pages of
// WebAssembly are always 16 n of the system's.
func scaled(n int) int { return n * os.Getpagesize() / 4096 }

func newImage(t testing.TB, content []byte) *pages.Image {
	t.Helper()
	image, err := pages.NewImage(content)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := image.Close(); err != nil {
			t.Error(err)
		}
	})
	return image
}

func newMemory(t testing.TB, image *pages.Image, cfg pages.Config) *pages.Memory {
	t.Helper()
	m, err := pages.New(image, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Free)
	return m
}

// reset resets m. Shrinking is left to the caller.
func reset(t testing.TB, m *pages.Memory) pages.Stats {
	t.Helper()
	stats, err := m.Reset()
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

func TestTheMethodThatIsProbedWorks(t *testing.T) {
	best := pages.Probe()
	t.Logf("probed: %v", best)
	for _, method := range pages.Methods() {
		err := pages.Try(method)
		if method == best {
			if err != nil {
				t.Errorf("%v was probed but fails: %v", method, err)
			}
			break
		}
		if err == nil {
			t.Errorf("%v works but %v was probed", method, best)
		}
	}
}

func TestResetRestoresWhatWasWritten(t *testing.T) {
	want := content(20)
	image := newImage(t, want)
	page := os.Getpagesize()
	eachMethod(t, func(t *testing.T, method pages.Method) {
		m := newMemory(t, image, pages.Config{Method: method})
		r := rand.New(rand.NewPCG(3, 4))
		for round := range 40 {
			lent := m.Reallocate(uint64(len(want)))
			if !bytes.Equal(lent, want) {
				t.Fatalf("round %d: the memory is not the image", round)
			}
			written := map[int]bool{}
			for range r.IntN(60) {
				at := r.IntN(len(lent))
				lent[at]++
				written[at/page] = true
			}
			stats := reset(t, m)
			if method >= pages.Read && stats.Dirty < len(written) {
				t.Fatalf("round %d: %d pages written, %+v", round, len(written), stats)
			}
			if stats.Shrunk {
				t.Fatalf("round %d: %+v without growth", round, stats)
			}
		}
	})
}

func TestResetShrinksAndZeroes(t *testing.T) {
	want := content(2)
	image := newImage(t, want)
	eachMethod(t, func(t *testing.T, method pages.Method) {
		m := newMemory(t, image, pages.Config{Method: method, MaxPages: 8})
		const whole = 8 * pages.PageBytes
		for round := range 20 {
			if lent := m.Reallocate(0); len(lent) != len(want) {
				t.Fatalf("round %d: %d bytes at the start", round, len(lent))
			}
			if m.Reallocate(whole+1) != nil {
				t.Fatal("grew beyond the maximum")
			}
			for _, size := range []int{3 * pages.PageBytes, whole} {
				lent := m.Reallocate(uint64(size))
				if len(lent) != size || lent[size-1] != 0 || lent[len(want)] != byte(min(size-3*pages.PageBytes, 1)) {
					t.Fatalf("round %d: wrong bytes after growth to %d", round, size)
				}
				lent[len(want)] = 1
				lent[size-1] = 2
				lent[7] = 3
			}
			if stats := reset(t, m); !stats.Shrunk {
				t.Fatalf("round %d: %+v after growth", round, stats)
			}
			if lent := m.Reallocate(whole + pages.PageBytes); !bytes.Equal(lent, want) {
				t.Fatalf("round %d: not the image after shrinking", round)
			}
			if stats := reset(t, m); stats.Shrunk {
				t.Fatalf("round %d: %+v once shrunk", round, stats)
			}
		}
	})
}

func TestResetDropsWhenTooMuchIsWritten(t *testing.T) {
	want := content(20)
	image := newImage(t, want)
	page := os.Getpagesize()
	eachMethod(t, func(t *testing.T, method pages.Method) {
		m := newMemory(t, image, pages.Config{Method: method, MaxPages: 30, KeepBytes: 4 * page})
		lent := m.Reallocate(25 * pages.PageBytes)
		for i := 0; i < len(lent); i += 2 * page { // more regions than one scan takes
			lent[i] ^= 1
		}
		stats := reset(t, m)
		if dropped := method != pages.Copy; stats.Dropped != dropped || !stats.Shrunk {
			t.Errorf("%+v", stats)
		}
		for range 3 { // writes are found as before
			if lent = m.Reallocate(0); !bytes.Equal(lent, want) {
				t.Fatal("not the image")
			}
			lent[5*page]++
			stats = reset(t, m)
			if method >= pages.Read && stats != (pages.Stats{Dirty: 1}) {
				t.Errorf("%+v after one write", stats)
			}
		}
	})
}

func TestWritesInManyRegionsAreFound(t *testing.T) {
	want := content(40)
	image := newImage(t, want)
	page := os.Getpagesize()
	eachMethod(t, func(t *testing.T, method pages.Method) {
		m := newMemory(t, image, pages.Config{Method: method, KeepBytes: len(want)})
		for range 12 {
			lent := m.Reallocate(0)
			for i := 0; i < len(lent); i += 2 * page {
				lent[i] ^= 1
			}
			if stats := reset(t, m); stats.Dropped && method != pages.Hot {
				t.Errorf("%+v", stats)
			}
			if !bytes.Equal(lent, want) {
				t.Fatal("not the image")
			}
		}
	})
}

func TestDecayForgetsWhatIsNotWritten(t *testing.T) {
	want := content(scaled(4))
	image := newImage(t, want)
	page := os.Getpagesize()
	eachMethod(t, func(t *testing.T, method pages.Method) {
		m := newMemory(t, image, pages.Config{Method: method, MaxPages: scaled(6)})
		for i := range 10 {
			m.Reallocate(0)[i*page] ^= 1
		}
		for decay, dirty := range []int{10, 1, 1} {
			m.Reallocate(0)[3*page] ^= 1
			stats, err := m.Decay()
			if err != nil {
				t.Fatal(err)
			}
			if method >= pages.Read && stats.Dirty != dirty {
				t.Errorf("%d dirty pages in decay %d, want %d", stats.Dirty, decay, dirty)
			}
			if !bytes.Equal(m.Reallocate(0), want) {
				t.Fatal("not the image after a decay")
			}
		}
		lent := m.Reallocate(uint64(scaled(6) * pages.PageBytes))
		lent[len(lent)-1] = 1
		if stats, err := m.Decay(); err != nil || !stats.Shrunk {
			t.Fatal(stats, err)
		}
		m.Reallocate(0)
		if lent = m.Reallocate(uint64(scaled(6) * pages.PageBytes)); lent[len(lent)-1] != 0 {
			t.Error("grown memory keeps its bytes over a decay")
		}
	})
}

func TestWritesByTheSystemAreFound(t *testing.T) {
	want := content(4)
	image := newImage(t, want)
	eachMethod(t, func(t *testing.T, method pages.Method) {
		m := newMemory(t, image, pages.Config{Method: method})
		for range 12 {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			lent := m.Reallocate(0)
			if _, err := w.Write(make([]byte, 9000)); err != nil {
				t.Fatal(err)
			}
			if n, err := r.Read(lent[100:9100]); n != 9000 || err != nil {
				t.Fatal(n, err)
			}
			if err := errors.Join(r.Close(), w.Close()); err != nil {
				t.Fatal(err)
			}
			reset(t, m)
			if !bytes.Equal(lent, want) {
				t.Fatal("not the image")
			}
		}
	})
}

func TestTemplate(t *testing.T) {
	eachMethod(t, func(t *testing.T, method pages.Method) {
		template := newMemory(t, nil, pages.Config{Method: method, MaxPages: 4})
		if _, err := template.Reset(); !errors.Is(err, pages.ErrNoImage) {
			t.Errorf("reset of a template: %v", err)
		}
		if lent := template.Reallocate(pages.PageBytes); len(lent) != pages.PageBytes {
			t.Fatalf("%d bytes", len(lent))
		}
		lent := template.Reallocate(3 * pages.PageBytes)
		copy(lent[pages.PageBytes:], "ready")
		image := newImage(t, lent)
		m := newMemory(t, image, pages.Config{Method: method})
		if got := m.Reallocate(pages.PageBytes); !bytes.Equal(got, lent) {
			t.Error("the memory is not what the template was")
		}
	})
}

func TestRefusals(t *testing.T) {
	image := newImage(t, content(2))
	closed, err := pages.NewImage(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(closed.Close(), closed.Close()); err != nil {
		t.Error(err)
	}
	if _, err := pages.NewImage(make([]byte, 100)); err == nil {
		t.Error("an image of 100 bytes")
	}
	for name, c := range map[string]struct {
		image *pages.Image
		cfg   pages.Config
	}{
		"no pages at all":                {nil, pages.Config{}},
		"a maximum below the image":      {image, pages.Config{MaxPages: 1}},
		"a maximum beyond addresses":     {image, pages.Config{MaxPages: pages.MaxPages + 1}},
		"a negative maximum":             {nil, pages.Config{MaxPages: -1}},
		"a method that there is not":     {image, pages.Config{Method: 77}},
		"an image that is closed":        {closed, pages.Config{MaxPages: 1}},
		"a closed image and Probe's way": {closed, pages.Config{MaxPages: 1, Method: pages.Probe()}},
	} {
		if m, err := pages.New(c.image, c.cfg); err == nil {
			m.Free()
			t.Errorf("accepted: %s", name)
		}
	}
}

func TestFreedMemory(t *testing.T) {
	eachMethod(t, func(t *testing.T, method pages.Method) {
		image := newImage(t, content(1))
		m := newMemory(t, image, pages.Config{Method: method})
		other := newMemory(t, image, pages.Config{Method: method})
		if err := image.Close(); err != nil {
			t.Fatal(err)
		}
		m.Free()
		m.Free()
		if _, err := m.Reset(); !errors.Is(err, pages.ErrFreed) {
			t.Errorf("reset: %v", err)
		}
		if m.Reallocate(0) != nil {
			t.Error("lent after Free")
		}
		lent := other.Reallocate(0) // the image lives on
		lent[0] ^= 1
		reset(t, other)
		if !bytes.Equal(lent, content(1)) {
			t.Error("not the image")
		}
	})
}

func TestAnImageOfNoPages(t *testing.T) {
	eachMethod(t, func(t *testing.T, method pages.Method) {
		m := newMemory(t, newImage(t, nil), pages.Config{Method: method, MaxPages: 2})
		for range 12 {
			if lent := m.Reallocate(0); len(lent) != 0 {
				t.Fatal(len(lent))
			}
			lent := m.Reallocate(pages.PageBytes)
			if lent[9] != 0 {
				t.Fatal("grown memory is not zero")
			}
			lent[9] = 9
			reset(t, m)
		}
	})
}

func TestMethodNames(t *testing.T) {
	for _, m := range pages.Methods() {
		if got, err := pages.ParseMethod(m.String()); got != m || err != nil {
			t.Errorf("%v: %v, %v", m, got, err)
		}
	}
	if _, err := pages.ParseMethod("magic"); err == nil {
		t.Error("magic is a method")
	}
}
