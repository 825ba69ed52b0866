package pm

// What follows looks at an encoded message without building it. All of it refuses what Parse refuses, but for texts that
// are not UTF-8.

// Valid reports whether b is an encoded message.
func Valid(b []byte) bool {
	_, ok := last(b, 0)
	return ok
}

// Integer returns the value of an integer field, 0 if it is absent. It reports false if b is no message.
func Integer(b []byte, number uint64) (v int64, ok bool) {
	f, ok := last(b, number<<3|varintType)
	return int64(f.varint), ok
}

// Bytes returns the content of a text, bytes or message field as a view into b, nil if it is absent. It reports false if
// b is no message.
func Bytes(b []byte, number uint64) (content []byte, ok bool) {
	f, ok := last(b, number<<3|lengthType)
	return f.bytes, ok
}

// last returns the last field with a key.
func last(b []byte, key uint64) (found field, ok bool) {
	for len(b) > 0 {
		f, rest, err := next(b)
		if err != nil {
			return field{}, false
		}
		if f.key == key {
			found = f
		}
		b = rest
	}
	return found, true
}
