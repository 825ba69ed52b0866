// Package hostcall holds the functions the host offers to guests, one file for each group. What they do is written in
// package abi; here stands how, and what each checks.
//
// A function reads its parameters from the stack in the order of abi's list, checks every pointer and length against the
// guest's memory (Call.Bytes) and every count against the call's limits, and then acts on the Call. A guest's mistake is a
// trap that names the function and the mistake; a failure of the storage aborts the call and counts against the storage.
package hostcall

import (
	"slices"

	"workcell/abi"
	"workcell/host/sandbox"
)

// Functions returns everything a guest may import: the module of package abi, and what language runtimes need of WASI.
func Functions() []sandbox.Function {
	return slices.Concat(message, store, events, context, wasi)
}

// function builds a Function of the module of package abi. In types, i is an i32 and l an i64: "ii:l" takes two i32 and
// returns an i64.
func function(name, types string, run func(c *sandbox.Call, stack []uint64)) sandbox.Function {
	f := sandbox.Function{Module: abi.Module, Name: name, Run: run}
	f.Params, f.Results = valueTypes(types)
	return f
}

func valueTypes(types string) (params, results []sandbox.ValueType) {
	list := &params
	for _, t := range types {
		switch t {
		case 'i':
			*list = append(*list, sandbox.I32)
		case 'l':
			*list = append(*list, sandbox.I64)
		case ':':
			list = &results
		}
	}
	return params, results
}

// u32 is parameter i of a stack.
func u32(stack []uint64, i int) uint32 { return uint32(stack[i]) }

// bytes is the range of memory that parameters i and i+1 describe: a view.
func bytes(c *sandbox.Call, stack []uint64, i int) []byte {
	return c.Bytes(u32(stack, i), u32(stack, i+1))
}

// copyOut copies value to the buffer that parameters i and i+1 describe, as much as fits, and returns value's length.
func copyOut[T []byte | string](c *sandbox.Call, stack []uint64, i int, value T) uint64 {
	copy(bytes(c, stack, i), value)
	return uint64(uint32(len(value)))
}

// absent is abi.Absent as a result.
func absent() uint64 {
	n := int32(abi.Absent)
	return uint64(uint32(n))
}
