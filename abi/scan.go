package abi

// The flags of kv_scan: bit 0 asks for descending order, bits 8 to 31 are the most pairs that are wanted, 0 for all. The
// other bits are 0.
const (
	ScanReverse  = 1
	MaxScanLimit = 1<<24 - 1

	scanLimitShift = 8
)

// ScanFlags builds the flags of kv_scan. A limit below 1 or beyond MaxScanLimit is none.
func ScanFlags(reverse bool, limit int) uint32 {
	if limit < 1 || limit > MaxScanLimit {
		limit = 0
	}
	flags := uint32(limit) << scanLimitShift
	if reverse {
		flags |= ScanReverse
	}
	return flags
}

// ParseScanFlags is the reverse of ScanFlags. It reports false if bits are set that mean nothing.
func ParseScanFlags(flags uint32) (reverse bool, limit int, ok bool) {
	return flags&ScanReverse != 0, int(flags >> scanLimitShift), flags&(1<<scanLimitShift-1)&^ScanReverse == 0
}

// The pairs kv_scan fills a buffer with stand one behind the other:
//
//	key length u32 | value length u32 | key | value
//
// Its result says how far it came: the lower 32 bits count the bytes filled, the upper 32 bits are 0 when the range is
// exhausted or the limit reached, else the size of the pair that did not fit. To go on, a guest starts behind the last
// key it got (lo = key and a zero byte; in reverse hi = key), with a buffer of at least that size.

// PairOverhead is the size of a pair without its key and value.
const PairOverhead = 8

// AppendPair appends a pair to dst.
func AppendPair(dst, key, value []byte) []byte {
	dst = appendUint32(dst, uint32(len(key)))
	dst = appendUint32(dst, uint32(len(value)))
	dst = append(dst, key...)
	return append(dst, value...)
}

// NextPair takes the first pair off buf; key and value are views into it. It reports false at the end of buf or where it
// is malformed.
func NextPair(buf []byte) (key, value, rest []byte, ok bool) {
	if len(buf) < PairOverhead {
		return nil, nil, buf, false
	}
	k, v := uint64(uint32At(buf)), uint64(uint32At(buf[4:]))
	if uint64(len(buf)-PairOverhead) < k+v {
		return nil, nil, buf, false
	}
	buf = buf[PairOverhead:]
	return buf[:k:k], buf[k : k+v : k+v], buf[k+v:], true
}

// PackScan builds the result of kv_scan.
func PackScan(filled, next uint32) uint64 { return uint64(next)<<32 | uint64(filled) }

// UnpackScan is the reverse of PackScan.
func UnpackScan(result uint64) (filled, next uint32) { return uint32(result), uint32(result >> 32) }

// appendUint32 and uint32At are little endian. encoding/binary would bring reflection into every guest.
func appendUint32(dst []byte, n uint32) []byte {
	return append(dst, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
}

func uint32At(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}
