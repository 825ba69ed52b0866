package sandbox_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"workcell/abi"
	"workcell/host/sandbox"
	"workcell/host/sandbox/hostcall"
)

// callerPages is the memory of a caller, and callerBytes is its size.
const (
	callerPages = 2
	callerBytes = callerPages << 16
)

// newCaller returns a pool with a guest that has a route for each host function: 2000 for the first one. It calls the
// function with the parameters that the request holds, 8 bytes each, and returns 0.
func newCaller(t testing.TB, readOnly bool) *sandbox.Pool {
	t.Helper()
	functions := hostcall.Functions()
	w := &wasm{pages: callerPages}
	handle := []byte{}
	input, output := 0, 0
	kind, routes := "write", []string{}
	if readOnly {
		kind = "read"
	}
	for i, f := range functions {
		w.imports = append(w.imports, wasmImport{module: f.Module, name: f.Name, params: f.Params, results: f.Results})
		if f.Module == abi.Module && f.Name == "input_read" {
			input = i
		}
		if f.Module == abi.Module && f.Name == "output_write" {
			output = i
		}
		handle = append(handle, code(opLocalGet, 0, i32(uint32(2000+i)), opI32Eq, opIf, blockVoid)...)
		for p, kind := range f.Params {
			load := opI32Load
			if kind == sandbox.I64 {
				load = opI64Load
			}
			handle = append(handle, code(i32(0), load, 0, uleb(8*p))...)
		}
		handle = append(handle, code(opCall, uleb(i))...)
		if len(f.Results) > 0 {
			handle = append(handle, opDrop)
		}
		handle = append(handle, opEnd)
		events := ""
		if kind == "write" {
			events = `,"events":[1002]`
		}
		routes = append(routes, fmt.Sprintf(`{"id":%d,"name":"%s","kind":"%s","reply":1001%s}`, 2000+i, f.Name, kind, events))
	}
	handle = code(i32(0), i32(0), opLocalGet, 1, opCall, uleb(input), opDrop, handle, i32(0))
	w.data = fmt.Sprintf(`{"abi":1,"name":"caller","version":"1","data_sets":[{"name":"caller","access":"write"}],"routes":[%s]}`,
		strings.Join(routes, ","))
	w.functions = []wasmFunction{
		{abi.ExportABI, nil, []sandbox.ValueType{sandbox.I32}, i32(abi.Version)},
		{abi.ExportDescribe, nil, nil, code(i32(dataAt), i32(uint32(len(w.data))), opCall, uleb(output))},
		{abi.ExportHandle, []sandbox.ValueType{sandbox.I32, sandbox.I32}, []sandbox.ValueType{sandbox.I32}, handle},
	}
	return sandbox.NewPool(load(t, newEngine(t), w.bytes()), 1)
}

// calling returns a call of function number i with parameters.
func calling(i int, params []uint64) *sandbox.Call {
	c := newCall(uint32(2000+i), "")
	for _, p := range params {
		c.Input = binary.LittleEndian.AppendUint64(c.Input, p)
	}
	return c
}

// pointers are the parameters of host functions that are pointers, with the parameter that is the length, or the size that
// the function itself knows, and good values for all parameters. 2048 points to zeros.
var pointers = []struct {
	function        string
	pointer, length int // numbers of parameters; length -1: size
	size            uint32
	good            []uint64
}{
	{"input_read", 0, 2, 0, []uint64{2048, 0, 8}},
	{"output_write", 0, 1, 0, []uint64{2048, 8}},
	{"kv_get", 1, 2, 0, []uint64{0, 2048, 8, 2100, 8}},
	{"kv_get", 3, 4, 0, []uint64{0, 2048, 8, 2100, 8}},
	{"kv_put", 1, 2, 0, []uint64{0, 2048, 8, 2100, 8}},
	{"kv_put", 3, 4, 0, []uint64{0, 2048, 8, 2100, 8}},
	{"kv_delete", 1, 2, 0, []uint64{0, 2048, 8}},
	{"kv_scan", 1, 2, 0, []uint64{0, 2048, 8, 2100, 0, 0, 2200, 64}},
	{"kv_scan", 3, 4, 0, []uint64{0, 2048, 8, 2100, 0, 0, 2200, 64}},
	{"kv_scan", 6, 7, 0, []uint64{0, 2048, 8, 2100, 0, 0, 2200, 64}},
	{"emit", 0, 1, 0, []uint64{2048, 8, 1002, 2048, 8}},
	{"emit", 3, 4, 0, []uint64{2048, 8, 1002, 2048, 8}},
	{"subscribe", 1, 2, 0, []uint64{5, 2048, 8}},
	{"unsubscribe", 1, 2, 0, []uint64{5, 2048, 8}},
	{"revoke", 1, 2, 0, []uint64{5, 2048, 8, 2048}},
	{"revoke", 3, -1, 16, []uint64{5, 2048, 8, 2048}},
	{"fail", 1, 2, 0, []uint64{3, 2048, 8, 2048, 8}},
	{"fail", 3, 4, 0, []uint64{3, 2048, 8, 2048, 8}},
	{"identity", 0, 1, 0, []uint64{2048, 64}},
	{"config_get", 0, 1, 0, []uint64{2048, 8, 2048, 8}},
	{"config_get", 2, 3, 0, []uint64{2048, 8, 2048, 8}},
	{"random", 0, 1, 0, []uint64{2048, 8}},
	{"log", 1, 2, 0, []uint64{1, 2048, 8}},
	{"args_sizes_get", 0, -1, 4, []uint64{2048, 2048}},
	{"args_sizes_get", 1, -1, 4, []uint64{2048, 2048}},
	{"environ_sizes_get", 0, -1, 4, []uint64{2048, 2048}},
	{"environ_sizes_get", 1, -1, 4, []uint64{2048, 2048}},
	{"clock_res_get", 1, -1, 8, []uint64{0, 2048}},
	{"clock_time_get", 2, -1, 8, []uint64{0, 0, 2048}},
	{"fd_fdstat_get", 1, -1, 24, []uint64{1, 2048}},
	{"fd_write", 1, -1, 8, []uint64{2, 2048, 1, 2048}},
	{"fd_write", 3, -1, 4, []uint64{2, 2048, 1, 2048}},
	{"poll_oneoff", 0, -1, 48, []uint64{2048, 2100, 1, 2200}},
	{"poll_oneoff", 1, -1, 32, []uint64{2048, 2100, 1, 2200}},
	{"poll_oneoff", 3, -1, 4, []uint64{2048, 2100, 1, 2200}},
	{"random_get", 0, 1, 0, []uint64{2048, 8}},
}

// Every pointer of every function is checked: the first byte behind the memory, ranges that begin inside and end outside,
// that wrap around at 2^32, and lengths of nearly 2^32.
func TestEveryPointerIsChecked(t *testing.T) {
	pool := newCaller(t, false)
	numbers := map[string]int{}
	for i, f := range hostcall.Functions() {
		numbers[f.Name] = i
	}
	for _, p := range pointers {
		i, ok := numbers[p.function]
		if !ok {
			t.Errorf("there is no function %s", p.function)
			continue
		}
		type bad struct{ pointer, length uint32 }
		list := []bad{
			{callerBytes, 1},
			{callerBytes - 1, 2},
			{0, callerBytes + 1},
			{0xffffffff, 1},
			{0xffffffff, 2},
			{0xfffffff0, 0x20},
			{0xffffffff, 0xffffffff},
			{0, 0xffffffff},
			{2048, 0xfffffff8},
			{1 << 31, 1 << 31},
			{callerBytes + 1, 0},
		}
		if p.length < 0 {
			list = []bad{{callerBytes, 0}, {callerBytes - p.size + 1, 0}, {0xffffffff, 0}, {-p.size, 0}, {-p.size + 1, 0}, {1 << 31, 0}}
		}
		for _, b := range list {
			params := append([]uint64{}, p.good...)
			params[p.pointer] = uint64(b.pointer)
			if p.length >= 0 {
				params[p.length] = uint64(b.length)
			}
			out := pool.Run(calling(i, params), patience)
			if out.Status != sandbox.Trapped || out.Reason != sandbox.ReasonPointer {
				t.Errorf("%s%v ended with %s (%s), want a trap (%s)", p.function, params, out.Status, out.Reason, sandbox.ReasonPointer)
			}
		}
	}
}

// The ranges that the test above goes beyond are good up to the last byte of the memory.
func TestGoodPointersAreTaken(t *testing.T) {
	pool := newCaller(t, false)
	numbers := map[string]int{}
	for i, f := range hostcall.Functions() {
		numbers[f.Name] = i
	}
	for _, p := range pointers {
		if p.function == "emit" {
			continue // the guest has no list of scopes to offer: the conformance cases do
		}
		last := append([]uint64{}, p.good...)
		size := p.size
		if p.length >= 0 {
			size = uint32(p.good[p.length])
		}
		last[p.pointer] = uint64(callerBytes - size)
		for _, params := range [][]uint64{p.good, last} {
			if out := pool.Run(calling(numbers[p.function], params), patience); out.Status != sandbox.OK {
				t.Errorf("%s%v ended with %s (%s): %v", p.function, params, out.Status, out.Reason, out.Err)
			}
		}
	}
}

// Whatever a guest passes to whatever function, the call ends well or traps: no host function panics, nothing is written
// outside the guest's data set, and a call that traps is followed by one that does not.
func TestAnyParametersOfAnyFunction(t *testing.T) {
	functions := hostcall.Functions()
	pools := map[bool]*sandbox.Pool{false: newCaller(t, false), true: newCaller(t, true)}
	values := rapid.OneOf(
		rapid.SampledFrom([]uint64{
			0, 1, 2, 5, 8, 16, 48, 1002, 1024, 2048, 4096, callerBytes - 1, callerBytes, callerBytes + 1, 1 << 31, 0xfffffff0, 0xffffffff,
			1 << 63, 1<<64 - 1,
		}),
		rapid.Uint64Max(callerBytes), rapid.Uint64Max(1<<32-1), rapid.Uint64(),
	)
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			i := rapid.IntRange(0, len(functions)-1).Draw(t, "function")
			params := rapid.SliceOfN(values, len(functions[i].Params), len(functions[i].Params)).Draw(t, "parameters")
			readOnly := rapid.Bool().Draw(t, "read only")
			c := calling(i, params)
			store := c.Store.(*memory)
			store.pairs["dcaller\x00\x00"], store.pairs["dother\x00key"] = []byte("value"), []byte("secret")
			c.ReadOnly = readOnly
			out := pools[readOnly].Run(c, patience)
			switch out.Status {
			case sandbox.OK, sandbox.Trapped:
			default:
				t.Fatalf("%s%v ended with %s: %v", functions[i].Name, params, out.Status, out.Err)
			}
			if out.Status == sandbox.Trapped && out.Reason == sandbox.ReasonOther {
				t.Fatalf("%s%v trapped without a reason: %v", functions[i].Name, params, out.Err)
			}
			if string(store.pairs["dother\x00key"]) != "secret" {
				t.Fatalf("%s%v changed another data set", functions[i].Name, params)
			}
			for key := range store.pairs {
				if !strings.HasPrefix(key, "dcaller\x00") && key != "dother\x00key" {
					t.Fatalf("%s%v wrote the key %q", functions[i].Name, params, key)
				}
			}
			if readOnly && len(store.pairs) != 2 {
				t.Fatalf("%s%v wrote on a read route", functions[i].Name, params)
			}
		}
	})
}
