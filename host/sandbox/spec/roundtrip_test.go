package spec

import (
	"bytes"
	"fmt"

	"workcell/host/sandbox/wasmbin"
)

// roundTrip reads and writes a module. What was written must be read back as the same.
func roundTrip(wasm []byte) ([]byte, error) {
	once, err := rewrite(wasm)
	if err != nil {
		return nil, err
	}
	twice, err := rewrite(once)
	if err != nil || !bytes.Equal(once, twice) {
		panic(fmt.Sprintf("%x is written as %x, and that as %x, %v", wasm, once, twice, err))
	}
	return once, nil
}

func rewrite(wasm []byte) ([]byte, error) {
	m, err := wasmbin.Decode(wasm)
	if err != nil {
		return nil, err
	}
	return m.Append(nil), nil
}
