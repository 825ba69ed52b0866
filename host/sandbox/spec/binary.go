package spec

import (
	"encoding/binary"
	"slices"
)

// appendSection appends a section: its id, its length, and a vector of fewer than 128 items.
func appendSection(wasm []byte, id byte, items [][]byte) []byte {
	body := append([]byte{byte(len(items))}, slices.Concat(items...)...)
	wasm = binary.AppendUvarint(append(wasm, id), uint64(len(body)))
	return append(wasm, body...)
}

// encodeName encodes a name of fewer than 128 bytes.
func encodeName(name string) []byte {
	return append([]byte{byte(len(name))}, name...)
}

// littleEndian appends the low bytes of bits.
func littleEndian(dst []byte, bits uint64, bytes int) []byte {
	return append(dst, binary.LittleEndian.AppendUint64(nil, bits)[:bytes]...)
}
