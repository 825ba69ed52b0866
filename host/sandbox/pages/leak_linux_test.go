package pages_test

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"workcell/host/sandbox/pages"
)

// holdings is what this process has of the system.
type holdings struct {
	descriptors int
	images      int // mappings of images
	mappedKiB   int
}

func held(t testing.TB) holdings {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return holdings{len(fds), bytes.Count(maps, []byte("memfd:workcell-image")), status(t, "VmSize")}
}

// status returns a line of /proc/self/status in KiB.
func status(t testing.TB, name string) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == name+":" {
			n, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no %s", name)
	return 0
}

func TestNothingIsLeftBehind(t *testing.T) {
	held(t) // with the first file Go opens descriptors of its own
	eachMethod(t, func(t *testing.T, method pages.Method) {
		before := held(t)
		image, err := pages.NewImage(content(2))
		if err != nil {
			t.Fatal(err)
		}
		const memories, most = 50, 16 << 10 // reserved: 1 GiB each
		var all []*pages.Memory
		for i := range memories {
			m, err := pages.New(image, pages.Config{Method: method, MaxPages: most})
			if err != nil {
				t.Fatal(err)
			}
			m.Reallocate(3 * pages.PageBytes)[i]++
			reset(t, m)
			all = append(all, m)
		}
		during := held(t)
		if method != pages.Copy && (during.images < memories || during.mappedKiB-before.mappedKiB < memories<<20) {
			t.Errorf("%d mappings, %d KiB: this test sees nothing", during.images, during.mappedKiB)
		}
		if during.descriptors-before.descriptors > 3 {
			t.Errorf("%d descriptors for one image", during.descriptors-before.descriptors)
		}
		if err := image.Close(); err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			m.Free()
		}
		after := held(t)
		if after.descriptors != before.descriptors || after.images != before.images {
			t.Errorf("before %+v, after %+v", before, after)
		}
		if after.mappedKiB-before.mappedKiB > 1<<19 { // the collector's own are far below
			t.Errorf("%d KiB more are mapped", after.mappedKiB-before.mappedKiB)
		}
	})
}

func TestARefusedMethodLeavesNothingBehind(t *testing.T) {
	image := newImage(t, content(2))
	held(t)
	before := held(t)
	for range 10 {
		if _, err := pages.New(image, pages.Config{Method: 77, MaxPages: 16 << 10}); err == nil {
			t.Fatal("method 77 exists")
		}
	}
	after := held(t)
	if after.descriptors != before.descriptors || after.images != before.images || after.mappedKiB-before.mappedKiB > 1<<19 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

// The system ran out of descriptors.
func TestALimitOfTheSystemIsTyped(t *testing.T) {
	if err := pages.Try(pages.Hot); err != nil {
		wantRefused(t, pages.Hot, err)
		return
	}
	image := newImage(t, content(1))
	restore := limitDescriptors(t)
	_, err := pages.New(image, pages.Config{Method: pages.Hot})
	restore()
	var refused *pages.Error
	if !errors.As(err, &refused) || !strings.Contains(refused.Hint, "open files") {
		t.Errorf("%v", err)
	}
	newMemory(t, image, pages.Config{Method: pages.Hot}) // now it goes
}
