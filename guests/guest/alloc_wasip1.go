package guest

// In a sandbox memory is never freed during a call, and all of it is as new when the next one begins. So there is nothing
// to an allocation but to take a piece off arena, which belongs to the image of the module. Pieces lie one behind the
// other, which leaves few pages to reset. There is none until the image is about to be taken.
var arena []byte

const arenaBytes = 64 << 10

// scratch is what Scratch returns.
var scratch [4 << 10]byte

func alloc(n int) []byte {
	if n > len(arena) {
		return make([]byte, 0, n)
	}
	piece := arena[:0:n]
	arena = arena[n:]
	return piece
}

func lend() []byte { return scratch[:0] }

// fill returns what write copies to the buffer it is given, as far as it fits, and says the size of. It is called again
// with a buffer that is large enough, if that was too small. A negative size is nothing: fill reports false.
func fill(write func(buf []byte) int32) ([]byte, bool) {
	n := int(write(arena))
	if n < 0 {
		return nil, false
	}
	fits := n <= len(arena)
	value := alloc(n)[:n]
	if !fits {
		write(value)
	}
	return value, true
}
