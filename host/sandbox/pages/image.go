package pages

import (
	"errors"
	"fmt"
	"sync"
)

// PageBytes is the size of a page of WebAssembly, the unit in which memories grow. It is not the system's page size.
const PageBytes = 64 << 10

// MaxPages is the largest number of pages that WebAssembly can address.
const MaxPages = 64 << 10

// Image is the content that memories return to. It never changes. Safe for concurrent use.
type Image struct {
	sealed

	mu     sync.Mutex
	users  int  // memories over this image and the one who may close it; guarded by mu
	closed bool // guarded by mu
}

// NewImage returns an image of content, whose length is a number of pages of PageBytes, possibly none. It borrows content
// until it returns. Where the system has no sealed files the image keeps the content in ordinary memory, and only the
// method Copy can use it.
func NewImage(content []byte) (*Image, error) {
	if len(content)%PageBytes != 0 || len(content)/PageBytes > MaxPages {
		return nil, fmt.Errorf("image of %d bytes: want up to %d pages of %d", len(content), MaxPages, PageBytes)
	}
	i := &Image{users: 1}
	i.seal(content)
	return i, nil
}

// Size returns the length of the content in bytes.
func (i *Image) Size() int { return len(i.content) }

// Close gives the image up. Its content lives on until the last memory over it is freed. A second Close does nothing.
func (i *Image) Close() error {
	i.mu.Lock()
	again := i.closed
	i.closed = true
	i.mu.Unlock()
	if again {
		return nil
	}
	return i.release()
}

// retain adds a memory to the users of i.
func (i *Image) retain() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return errors.New("image is closed")
	}
	i.users++
	return nil
}

// release takes a user away and discards the content with the last one.
func (i *Image) release() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.users--; i.users > 0 {
		return nil
	}
	return i.unseal()
}
