package guest

// Alloc returns an empty slice with room for n bytes, which is the caller's to keep: make, for bytes that are few. In a
// sandbox it is several times faster.
func Alloc(n int) []byte { return alloc(n) }

// Scratch returns an empty slice to append to, on memory that the next Scratch returns again: for what is handed to a
// method of Call, which copies it, and not looked at any more.
func Scratch() []byte { return lend() }
