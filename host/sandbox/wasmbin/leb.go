package wasmbin

// AppendU32 appends v as an unsigned LEB128 number.
func AppendU32(dst []byte, v uint32) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

// AppendS64 appends v as a signed LEB128 number. It serves 32 bits as well.
func AppendS64(dst []byte, v int64) []byte {
	for {
		x := byte(v & 0x7f)
		v >>= 7
		if v == 0 && x&0x40 == 0 || v == -1 && x&0x40 != 0 {
			return append(dst, x)
		}
		dst = append(dst, x|0x80)
	}
}

// appendName appends a vector of bytes.
func appendName[T string | []byte](dst []byte, s T) []byte {
	return append(AppendU32(dst, uint32(len(s))), s...)
}

// sizeBytes is the room reserve leaves: the longest form of a u32.
const sizeBytes = 5

// reserve leaves room for the size of what is appended next. Give the length of the result to closeSize.
func reserve(dst []byte) []byte { return append(dst, 0, 0, 0, 0, 0) }

// closeSize puts the size of what was appended since reserve, which returned mark bytes, in front of it.
func closeSize(dst []byte, mark int) []byte {
	var room [sizeBytes]byte
	size := AppendU32(room[:0], uint32(len(dst)-mark))
	at := mark - sizeBytes
	at += copy(dst[at:], size)
	return dst[:at+copy(dst[at:], dst[mark:])]
}
