package wasmbin_test

import (
	"fmt"

	"workcell/host/sandbox/wasmbin"
)

// A module is decoded, gets an import, and is written again; its instructions now call another index.
func Example() {
	m := &wasmbin.Module{}
	one := m.AddFunc(wasmbin.FuncType{}, wasmbin.Body{Code: []byte{byte(wasmbin.OpEnd)}})
	m.AddFunc(wasmbin.FuncType{}, wasmbin.Body{Code: []byte{byte(wasmbin.OpCall), byte(one), byte(wasmbin.OpEnd)}})

	m, err := wasmbin.Decode(m.Append(nil))
	if err != nil {
		panic(err)
	}
	if _, err := m.AddImport("host", "tick", wasmbin.FuncType{}); err != nil {
		panic(err)
	}
	r := wasmbin.NewReader(m)
	for i := range m.Code {
		for r.Reset(0, &m.Code[i]); r.Next(); {
			if r.Op == wasmbin.OpCall {
				fmt.Println("function", i, "calls", r.Index)
			}
		}
	}
	_, err = wasmbin.Decode(m.Append(nil)[:28])
	fmt.Println(err)
	// Output:
	// function 1 calls 1
	// malformed wasm: import section, byte 0xe: length out of bounds: a section of 13 bytes, 12 are left
}
