package meter

import (
	"errors"
	"math/bits"

	"workcell/host/sandbox/wasmbin"
)

// Costs is a price list in fuel units. A unit is about what a plain instruction takes, half a nanosecond or less.
type Costs struct {
	// Version changes with any price, and with the rules by which prices are added up: fuel is comparable, and a recorded
	// amount can be repeated, only within a version. It is not used by the rewrite.
	Version uint32
	// Instruction is the price of every instruction but the free ones: nop, block, loop, else, end, drop, return and
	// unreachable. At most 1000.
	Instruction uint32
	// Grow is added for each memory.grow and table.grow, which leave the guest's code. At most 1000.
	Grow uint32
	// Page is the price of a page of 64 KiB that memory.grow adds: the system hands it out in 16 pieces, when they are
	// touched, and clears them. A growth that fails costs nothing more.
	Page uint32
	// BytesPerUnit is how many bytes memory.copy, memory.fill and memory.init move for a unit: a power of two.
	BytesPerUnit uint32
	// EntriesPerUnit is how many entries the table instructions move or add for a unit: a power of two.
	EntriesPerUnit uint32
}

// DefaultCosts returns the prices that a zero Config.Costs stands for. Those beside Instruction are measured:
// BenchmarkPrices.
func DefaultCosts() Costs {
	return Costs{Version: 2, Instruction: 1, Grow: 200, Page: 32768, BytesPerUnit: 4, EntriesPerUnit: 1}
}

const maxPrice = 1000

var errCosts = errors.New("meter: prices must be positive, of instructions and growths at most 1000, and amounts for a unit powers of two")

func (c *Costs) check() error {
	if c.Instruction == 0 || c.Instruction > maxPrice || c.Grow > maxPrice || bits.OnesCount32(c.BytesPerUnit) != 1 ||
		bits.OnesCount32(c.EntriesPerUnit) != 1 {
		return errCosts
	}
	return nil
}

// of returns the price of an instruction without what depends on its operands.
func (c *Costs) of(op wasmbin.Op) uint32 {
	switch op {
	case wasmbin.OpNop, wasmbin.OpBlock, wasmbin.OpLoop, wasmbin.OpElse, wasmbin.OpEnd, wasmbin.OpDrop, wasmbin.OpReturn, wasmbin.OpUnreachable:
		return 0
	case wasmbin.OpMemoryGrow, wasmbin.OpTableGrow:
		return c.Instruction + c.Grow
	}
	return c.Instruction
}
