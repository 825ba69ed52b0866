package pages_test

import (
	"fmt"
	"os"
	"testing"

	"workcell/host/sandbox/pages"
)

// benchPages is the size of a small Go guest: 3 MiB.
const benchPages = 48

// BenchmarkReset is a call that writes a byte to each of some pages, always the same, and the reset after it. A plain
// write to pages that are there already costs a few nanoseconds each.
func BenchmarkReset(b *testing.B) {
	image := newImage(b, content(scaled(benchPages)))
	page := os.Getpagesize()
	for _, method := range pages.Methods() {
		for _, dirty := range []int{8, 32, 256} {
			b.Run(fmt.Sprintf("%v/dirty=%d", method, dirty), func(b *testing.B) {
				m := newMemory(b, image, pages.Config{Method: method})
				lent := m.Reallocate(0)
				// Runs of four pages, spread over the memory.
				stride := 4 * (len(lent) / (dirty * page))
				call := func() {
					for i := range dirty {
						lent[(i/4*stride+i%4)*page]++
					}
					if _, err := m.Reset(); err != nil {
						b.Fatal(err)
					}
				}
				for range 20 {
					call()
				}
				b.ReportAllocs()
				for b.Loop() {
					call()
				}
			})
		}
	}
}

// BenchmarkResetStray is a call that writes to 32 pages, always the same, and to 8 that are never the same, in memories of
// several sizes.
func BenchmarkResetStray(b *testing.B) {
	page := os.Getpagesize()
	for _, size := range []int{benchPages, 256, 1024} {
		image := newImage(b, content(scaled(size)))
		for _, method := range pages.Methods() {
			b.Run(fmt.Sprintf("%v/MiB=%d", method, size*pages.PageBytes>>20), func(b *testing.B) {
				m := newMemory(b, image, pages.Config{Method: method})
				lent := m.Reallocate(0)
				n := 0
				call := func() {
					for i := range 32 {
						lent[(i/4*20+i%4)*page]++
					}
					for range 8 {
						n += 7919
						lent[n*page%len(lent)]++
					}
					if _, err := m.Reset(); err != nil {
						b.Fatal(err)
					}
				}
				for range 20 {
					call()
				}
				b.ReportAllocs()
				for b.Loop() {
					call()
				}
			})
		}
	}
}

// BenchmarkResetGrown is a call that grows its memory by a MiB and writes to a quarter of that.
func BenchmarkResetGrown(b *testing.B) {
	image := newImage(b, content(scaled(benchPages)))
	page := os.Getpagesize()
	for _, method := range pages.Methods() {
		b.Run(method.String(), func(b *testing.B) {
			m := newMemory(b, image, pages.Config{Method: method, MaxPages: scaled(benchPages) + 16})
			b.ReportAllocs()
			for b.Loop() {
				lent := m.Reallocate(uint64((scaled(benchPages) + 16) * pages.PageBytes))
				for i := range pages.PageBytes * 4 / page {
					lent[scaled(benchPages)*pages.PageBytes+i*page]++
				}
				if _, err := m.Reset(); err != nil {
					b.Fatal(err)
				}
				m.Reallocate(0)
			}
		})
	}
}

// BenchmarkDecay is a call that writes to 32 pages, and a decay after it.
func BenchmarkDecay(b *testing.B) {
	image := newImage(b, content(scaled(benchPages)))
	page := os.Getpagesize()
	for _, method := range pages.Methods() {
		b.Run(method.String(), func(b *testing.B) {
			m := newMemory(b, image, pages.Config{Method: method})
			lent := m.Reallocate(0)
			b.ReportAllocs()
			for b.Loop() {
				for i := range 32 {
					lent[i*4*page]++
				}
				if _, err := m.Decay(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkClone makes and frees a memory that nobody touches.
func BenchmarkClone(b *testing.B) {
	image := newImage(b, content(scaled(benchPages)))
	for _, method := range pages.Methods() {
		b.Run(method.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m, err := pages.New(image, pages.Config{Method: method, MaxPages: 1024})
				if err != nil {
					b.Fatal(err)
				}
				m.Reallocate(0)
				m.Free()
			}
		})
	}
}
