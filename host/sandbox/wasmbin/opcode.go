package wasmbin

import "fmt"

// Op is an instruction: its opcode byte, or a prefix byte and the number after it as 0xfcNN or 0xfdNN. All numbers that
// core features version 2 give to instructions fit.
type Op uint16

// The instructions that this package, or a rewrite, treats by name.
const (
	OpUnreachable  Op = 0x00
	OpNop          Op = 0x01
	OpBlock        Op = 0x02
	OpLoop         Op = 0x03
	OpIf           Op = 0x04
	OpElse         Op = 0x05
	OpEnd          Op = 0x0b
	OpBr           Op = 0x0c
	OpBrIf         Op = 0x0d
	OpBrTable      Op = 0x0e
	OpReturn       Op = 0x0f
	OpCall         Op = 0x10
	OpCallIndirect Op = 0x11
	OpDrop         Op = 0x1a
	OpSelect       Op = 0x1b
	OpSelectTyped  Op = 0x1c
	OpLocalGet     Op = 0x20
	OpLocalSet     Op = 0x21
	OpLocalTee     Op = 0x22
	OpGlobalGet    Op = 0x23
	OpGlobalSet    Op = 0x24
	OpTableGet     Op = 0x25
	OpTableSet     Op = 0x26
	OpI32Load      Op = 0x28 // the first that has a memory argument
	OpI64Store32   Op = 0x3e // the last one
	OpMemorySize   Op = 0x3f
	OpMemoryGrow   Op = 0x40
	OpI32Const     Op = 0x41
	OpI64Const     Op = 0x42
	OpF32Const     Op = 0x43
	OpF64Const     Op = 0x44
	OpI32Eqz       Op = 0x45 // the first plain numeric instruction
	OpI64LtS       Op = 0x53
	OpI32Add       Op = 0x6a
	OpI32Sub       Op = 0x6b
	OpI32Mul       Op = 0x6c
	OpI64Add       Op = 0x7c
	OpI64Sub       Op = 0x7d
	OpI64Mul       Op = 0x7e
	OpI64ShrU      Op = 0x88
	OpI64ExtendU   Op = 0xad // i64.extend_i32_u
	OpI64Extend32S Op = 0xc4 // the last plain numeric instruction
	OpRefNull      Op = 0xd0
	OpRefIsNull    Op = 0xd1
	OpRefFunc      Op = 0xd2

	OpMemoryInit Op = 0xfc08
	OpDataDrop   Op = 0xfc09
	OpMemoryCopy Op = 0xfc0a
	OpMemoryFill Op = 0xfc0b
	OpTableInit  Op = 0xfc0c
	OpElemDrop   Op = 0xfc0d
	OpTableCopy  Op = 0xfc0e
	OpTableGrow  Op = 0xfc0f
	OpTableSize  Op = 0xfc10
	OpTableFill  Op = 0xfc11

	OpV128Const Op = 0xfd0c
)

const (
	prefixMisc   = 0xfc
	prefixVector = 0xfd
)

func (op Op) String() string {
	switch op {
	case OpLoop:
		return "loop"
	case OpIf:
		return "if"
	case OpElse:
		return "else"
	case OpBlock:
		return "block"
	case OpEnd:
		return "end"
	}
	return fmt.Sprintf("instruction %#02x", uint16(op))
}
