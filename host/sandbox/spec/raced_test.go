//go:build race

package spec

// raced is set under the race detector. What it can find here is state that a Transform shares between goroutines, and for
// that one engine and the larger suite will do: all of them take minutes.
const raced = true
