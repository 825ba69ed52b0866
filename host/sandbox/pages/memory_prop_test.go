package pages_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"workcell/host/sandbox/pages"
)

// TestMemoryIsItsModel drives a memory and a plain slice alike: they never differ in a byte.
func TestMemoryIsItsModel(t *testing.T) {
	eachMethod(t, func(t *testing.T, method pages.Method) {
		const most = 12
		ones := bytes.Repeat([]byte{1}, most*pages.PageBytes)
		rapid.Check(t, func(t *rapid.T) {
			start := rapid.IntRange(0, 6).Draw(t, "pages of the image")
			image, err := pages.NewImage(content(start))
			if err != nil {
				t.Fatal(err)
			}
			m, err := pages.New(image, pages.Config{
				Method: method, MaxPages: most,
				KeepBytes: rapid.SampledFrom([]int{0, 4 << 10, 64 << 10, 256 << 10}).Draw(t, "keep"),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Free()
			if err := image.Close(); err != nil {
				t.Fatal(err)
			}
			lent, model := m.Reallocate(0), content(start)

			restored := func(stats pages.Stats, err error) {
				if err != nil {
					t.Fatal(err)
				}
				if grown := len(model) > start*pages.PageBytes; stats.Shrunk != grown {
					t.Fatalf("%+v, grown: %v", stats, grown)
				}
				model = content(start)
				if stats.Shrunk {
					lent = m.Reallocate(uint64(len(lent)) + pages.PageBytes) // as Grow(1) does
				}
			}
			t.Repeat(map[string]func(*rapid.T){
				"write": func(t *rapid.T) {
					if len(model) == 0 {
						t.Skip()
					}
					at := rapid.IntRange(0, len(model)-1).Draw(t, "at")
					data := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "data")
					copy(lent[at:], data)
					copy(model[at:], data)
				},
				"fill": func(t *rapid.T) {
					lo := rapid.IntRange(0, len(model)).Draw(t, "lo")
					hi := rapid.IntRange(lo, len(model)).Draw(t, "hi")
					copy(lent[lo:hi], ones)
					copy(model[lo:hi], ones)
				},
				"grow": func(t *rapid.T) {
					size := len(model) + pages.PageBytes*rapid.IntRange(1, 4).Draw(t, "pages")
					bigger := m.Reallocate(uint64(size))
					if (bigger == nil) != (size > most*pages.PageBytes) {
						t.Fatalf("growth to %d bytes: %d", size, len(bigger))
					}
					if bigger != nil {
						lent, model = bigger, append(model, make([]byte, size-len(model))...)
					}
				},
				"reset": func(*rapid.T) { restored(m.Reset()) },
				"decay": func(*rapid.T) { restored(m.Decay()) },
				"": func(t *rapid.T) {
					if !bytes.Equal(lent, model) {
						t.Fatal("memory and model differ")
					}
				},
			})
		})
	})
}
