package board

// The parts of the protobuf encoding that lists use directly; everything else goes through package pm.

const (
	varintType  = 0
	fixed64Type = 1
	lengthType  = 2
	fixed32Type = 5
)

// uvarint reads the number at the front of b and returns its size, 0 if there is none.
func uvarint(b []byte) (v uint64, size int) {
	for i, c := range b {
		if i == 9 && c > 1 {
			return 0, 0
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

func appendUvarint(dst []byte, v uint64) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}
