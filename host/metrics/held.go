package metrics

import (
	"maps"
	"sync"
	"sync/atomic"
)

// maxLabels bounds the values of the labels of one vector.
const maxLabels = 512

// other is the label of everything beyond maxLabels.
const other = "other"

// held holds the children of a vector by the values of their labels. Reading takes no lock and allocates nothing.
type held[K comparable, T any] struct {
	child func(K) T
	rest  K // stands for everything beyond maxLabels

	mu       sync.Mutex // of those who add
	children atomic.Pointer[map[K]T]
}

func newHeld[K comparable, T any](child func(K) T, rest K) *held[K, T] {
	h := &held[K, T]{child: child, rest: rest}
	h.children.Store(&map[K]T{})
	return h
}

// of returns the child of some labels, and makes it when it is first asked for.
func (h *held[K, T]) of(labels K) T {
	if child, ok := (*h.children.Load())[labels]; ok {
		return child
	}
	return h.add(labels)
}

func (h *held[K, T]) add(labels K) T {
	h.mu.Lock()
	defer h.mu.Unlock()
	old := *h.children.Load()
	if len(old) >= maxLabels {
		labels = h.rest
	}
	if child, ok := old[labels]; ok {
		return child
	}
	grown := maps.Clone(old)
	grown[labels] = h.child(labels)
	h.children.Store(&grown)
	return grown[labels]
}
