package sandbox_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"workcell/abi"
	"workcell/host/sandbox"
)

// More opcodes.
const (
	opMemorySize = 0x3f
	opTableGet   = 0x25
	opTableSet   = 0x26
	opI64Const   = 0x42
	opRefNull    = 0xd0
	opPrefix     = 0xfc // what stands behind is one of these:
	opDataDrop   = 9
	opMemoryFill = 11
	opTableInit  = 12
	opElemDrop   = 13
	opTableCopy  = 14
	opTableGrow  = 15
	opTableFill  = 17
)

// Types that are no parameters of host functions.
const (
	v128      = 0x7b
	funcref   = 0x70
	externref = 0x6f
)

// Sections.
const (
	sectionImport    = 2
	sectionTable     = 4
	sectionMemory    = 5
	sectionGlobal    = 6
	sectionExport    = 7
	sectionElement   = 9
	sectionData      = 11
	sectionDataCount = 12
)

// order is how sections follow each other.
var order = []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, sectionDataCount, 10, sectionData}

// splice returns module with the content of a section put in place of what it was, or added.
func splice(module []byte, id byte, content []byte) []byte {
	out := slices.Clone(module[:8])
	placed := false
	for rest := module[8:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		this := rest[:1+n+int(size)]
		if !placed && slices.Index(order, this[0]) >= slices.Index(order, id) {
			out, placed = append(out, section(id, content)...), true
		}
		if this[0] != id {
			out = append(out, this...)
		}
		rest = rest[len(this):]
	}
	if !placed {
		out = append(out, section(id, content)...)
	}
	return out
}

// named is a custom section with the names of functions.
func named(names map[int]string) []byte {
	var list []byte
	for _, i := range slices.Sorted(func(yield func(int) bool) {
		for i := range names {
			if !yield(i) {
				return
			}
		}
	}) {
		list = append(append(list, uleb(i)...), name(names[i])...)
	}
	return section(0, code(name("name"), section(1, vec(len(names), list))))
}

// A neighbour is a good handler in the engine that a hostile module is brought to.
type neighbour struct {
	engine *sandbox.Engine
	pool   *sandbox.Pool
}

func newNeighbour(t testing.TB) *neighbour {
	t.Helper()
	e := newEngine(t)
	return &neighbour{e, sandbox.NewPool(load(t, e, tiny(code(opCall, 1, i32(0)), newsOf).bytes()), 1)}
}

// newsOf is a host function without parameters or results that any handler may call: it yields.
var newsOf = wasmImport{module: "wasi_snapshot_preview1", name: "sched_yield", results: []sandbox.ValueType{sandbox.I32}}

// answers asserts that the neighbour is well.
func (n *neighbour) answers(t testing.TB) {
	t.Helper()
	wants(t, n.pool, newCall(2000, ""), sandbox.OK, "")
}
