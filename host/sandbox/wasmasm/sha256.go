package wasmasm

import (
	"fmt"
	"math"
	"strings"
)

// sha256Program compresses the same block over and over: the argument says how often. Memory holds the state at 0, the
// constants at 64, and the schedule at 512, of which the first words are the block.
func sha256Program() []Func {
	var constants strings.Builder
	for i, k := range sha256Constants() {
		fmt.Fprintf(&constants, "i32.const %d i32.const %d i32.store\n", 64+4*i, int32(k))
	}
	rotations := func(local, a, b, c int, last string) string {
		return fmt.Sprintf("local.get %d i32.const %d i32.rotr local.get %d i32.const %d i32.rotr i32.xor local.get %d i32.const %d %s i32.xor ",
			local, a, local, b, local, c, last)
	}
	return []Func{
		{Name: "run", Params: "i32", Results: "i32", Text: constants.String() + `
			loop
			  call 1 call 2
			  local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0
			end
			i32.const 0 i32.load`},
		// The schedule: w[i] = s1(w[i-2]) + w[i-7] + s0(w[i-15]) + w[i-16].
		{Locals: "i32 i32 i32", Text: `
			i32.const 576 local.set 0
			loop
			  local.get 0 i32.const 60 i32.sub i32.load local.set 1
			  local.get 0 i32.const 8 i32.sub i32.load local.set 2
			  local.get 0
			  ` + rotations(1, 7, 18, 3, "i32.shr_u") + rotations(2, 17, 19, 10, "i32.shr_u") + ` i32.add
			  local.get 0 i32.const 28 i32.sub i32.load i32.add
			  local.get 0 i32.const 64 i32.sub i32.load i32.add
			  i32.store
			  local.get 0 i32.const 4 i32.add local.tee 0 i32.const 768 i32.lt_u br_if 0
			end`},
		// The rounds, on locals 0 to 7; 8 counts, 9 and 10 are the sums.
		{Locals: strings.Repeat("i32 ", 11), Text: loads() + `
			loop
			  local.get 7 ` + rotations(4, 6, 11, 25, "i32.rotr") + ` i32.add
			  local.get 4 local.get 5 i32.and local.get 4 i32.const -1 i32.xor local.get 6 i32.and i32.xor i32.add
			  local.get 8 i32.load offset=64 i32.add local.get 8 i32.load offset=512 i32.add local.set 9
			  ` + rotations(0, 2, 13, 22, "i32.rotr") + `
			  local.get 0 local.get 1 i32.and local.get 0 local.get 2 i32.and i32.xor local.get 1 local.get 2 i32.and i32.xor i32.add local.set 10
			  local.get 6 local.set 7 local.get 5 local.set 6 local.get 4 local.set 5
			  local.get 3 local.get 9 i32.add local.set 4
			  local.get 2 local.set 3 local.get 1 local.set 2 local.get 0 local.set 1
			  local.get 9 local.get 10 i32.add local.set 0
			  local.get 8 i32.const 4 i32.add local.tee 8 i32.const 256 i32.lt_u br_if 0
			end ` + stores()},
	}
}

func loads() string {
	var b strings.Builder
	for i := range 8 {
		fmt.Fprintf(&b, "i32.const %d i32.load local.set %d ", 4*i, i)
	}
	return b.String()
}

func stores() string {
	var b strings.Builder
	for i := range 8 {
		fmt.Fprintf(&b, "i32.const %d i32.const %d i32.load local.get %d i32.add i32.store ", 4*i, 4*i, i)
	}
	return b.String()
}

// sha256Constants are the first bits of the fractional parts of the cube roots of the first primes.
func sha256Constants() []uint32 {
	var ks []uint32
	for n := uint64(2); len(ks) < 64; n++ {
		prime := true
		for d := uint64(2); d*d <= n; d++ {
			prime = prime && n%d != 0
		}
		if !prime {
			continue
		}
		root := math.Cbrt(float64(n)) // 53 bits are enough for 3 before the point and 32 after it
		ks = append(ks, uint32((root-math.Floor(root))*(1<<32)))
	}
	return ks
}
