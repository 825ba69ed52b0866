package meter

import (
	"math/bits"

	"workcell/host/sandbox/wasmbin"
)

// helper is a function that metered modules call. It is added when there is a use for it.
type helper uint8

const (
	// refuelHelper, () -> (), gets the next slice.
	refuelHelper helper = iota
	// growHelper, (pages i32) -> i32, does memory.grow and charges the pages it got.
	growHelper
	// bytesHelper and entriesHelper, (n i32) -> i32, charge n bytes or table entries and return n.
	bytesHelper
	entriesHelper

	helpers
)

// index returns the index of a helper, which exists when addHelpers has run.
func (e *emitter) index(h helper) uint32 {
	if e.helpers[h] == 0 {
		e.helpers[h] = e.next
		e.next++
		e.added = append(e.added, h)
	}
	return e.helpers[h]
}

// addHelpers adds the helpers that were asked for. A helper may ask for another one.
func (e *emitter) addHelpers(m *wasmbin.Module) {
	i32 := []byte{byte(wasmbin.I32)}
	for i := 0; i < len(e.added); i++ {
		t, body := wasmbin.FuncType{Params: i32, Results: i32}, wasmbin.Body{}
		switch e.added[i] {
		case refuelHelper:
			t = wasmbin.FuncType{}
			body.Code = e.set(e.call(e.get(nil), e.refuel))
		case growHelper:
			body.Locals = []wasmbin.Local{{Count: 1, Type: wasmbin.I32}}
			body.Code = e.grow()
		case bytesHelper:
			body.Code = e.length(e.costs.BytesPerUnit)
		case entriesHelper:
			body.Code = e.length(e.costs.EntriesPerUnit)
		}
		body.Code = append(body.Code, byte(wasmbin.OpEnd))
		m.AddFunc(t, body)
	}
}

const opI32Ne = 0x47

// grow returns the code of growHelper: parameter 0 is the pages, local 1 the result.
func (e *emitter) grow() []byte {
	c := []byte{
		byte(wasmbin.OpLocalGet), 0, byte(wasmbin.OpMemoryGrow), 0, byte(wasmbin.OpLocalTee), 1,
		byte(wasmbin.OpI32Const), 0x7f, opI32Ne, byte(wasmbin.OpIf), emptyType,
	}
	c = append(e.get(c), byte(wasmbin.OpLocalGet), 0, byte(wasmbin.OpI64ExtendU), byte(wasmbin.OpI64Const))
	c = append(wasmbin.AppendS64(c, int64(e.costs.Page)), byte(wasmbin.OpI64Mul), byte(wasmbin.OpI64Sub))
	c = e.check(e.set(c))
	return append(c, byte(wasmbin.OpEnd), byte(wasmbin.OpLocalGet), 1)
}

// length returns the code of a helper that charges a unit for so many of its parameter.
func (e *emitter) length(perUnit uint32) []byte {
	c := append(e.get(nil), byte(wasmbin.OpLocalGet), 0, byte(wasmbin.OpI64ExtendU), byte(wasmbin.OpI64Const))
	c = wasmbin.AppendS64(c, int64(bits.TrailingZeros32(perUnit)))
	c = e.check(e.set(append(c, byte(wasmbin.OpI64ShrU), byte(wasmbin.OpI64Sub))))
	return append(c, byte(wasmbin.OpLocalGet), 0)
}
