//go:build invariants

package wire

// mangle overwrites bytes whose loan has ended, so that a reader of a stale view sees it.
func mangle(b []byte) {
	for i := range b {
		b[i] = 0xdb
	}
}
