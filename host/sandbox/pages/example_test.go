package pages_test

import (
	"fmt"

	"workcell/host/sandbox/pages"
)

func Example() {
	ready := make([]byte, pages.PageBytes) // as the template left it
	copy(ready, "ready")
	image, err := pages.NewImage(ready)
	if err != nil {
		panic(err)
	}
	memory, err := pages.New(image, pages.Config{Method: pages.Probe(), MaxPages: 16})
	if err != nil {
		panic(err)
	}
	lent := memory.Reallocate(0)
	copy(lent, "dirty")
	if _, err := memory.Reset(); err != nil {
		panic(err)
	}
	fmt.Printf("%s\n", lent[:5])
	memory.Free()
	if err := image.Close(); err != nil {
		panic(err)
	}
	// Output: ready
}
