package session

import (
	"testing"
	"unsafe"
)

func TestSizeOfASession(t *testing.T) {
	if got := unsafe.Sizeof(Session{}); got != 160 {
		t.Errorf("a session takes %d bytes, want 160, a size of Go's allocator: there are tens of thousands, mostly at rest", got)
	}
}
