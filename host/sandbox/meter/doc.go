// Package meter makes a guest pay for what it does: it rewrites a module so that it counts fuel while it runs. Modules
// in, modules out: it knows no engine, only wasmbin.
//
// # What a metered module does
//
// A mutable i64 global, exported as GlobalName, holds a slice of the call's budget. The module takes from it what its
// instructions cost. When it finds less than nothing left it calls an imported function, refuel, with its debt. There the
// host subtracts the debt from the budget, looks at the deadline and at cancellation, and returns the next slice or panics,
// which ends the call. So fuel, deadline, cancellation, and time for the host's garbage collector, which cannot interrupt
// a guest, all come from one place; a guest in a tight loop gets there after a slice.
//
//	before                       after, with the global $fuel and the function $more: () -> ()
//
//	func $sum (p i32) → i32      func $sum
//	                               fuel -= 5                 up to br_if, which is run at least once, and the last line
//	                               if fuel >= 0 else call $more
//	  block                        block
//	    loop                         loop block block
//	      *p == 0?                     *p == 0?
//	      br_if 1                      br_if 3
//	                                   fuel -= 14            the rest of the turn, 10, and the start of the next, 4
//	      n += *p; p++                 n += *p; p++
//	      br 0                         br_if 0 (fuel < 0); br 2
//	    end                          br 1 end
//	                                 call $more
//	                                 br 1 end end            back to the start of the loop
//	  end                          end
//	  n                            n
//
// # Where charges go
//
// A block is a run of instructions that is entered at its start and left at its end. It is charged at its start, as a
// whole; calls do not end a block. What stands behind the end of a block, loop or if, which no branch leaves in any other
// way, runs as often as what stands before it, and belongs to the same block. A loop's first block runs each time the loop
// is entered and each time it is repeated: if all branches back to it are plain br, its charge moves to the block before
// the loop and to the blocks with these branches (fold.go).
//
// The price of bulk memory and table instructions depends on a length, and is charged by a helper function right before
// the instruction. That of memory.grow depends on whether it succeeds; a helper does it and charges afterwards.
//
// # Where the fuel is looked at
//
//   - At the entry of a function, unless it is short and has neither loops nor calls.
//   - Before each branch back to a loop, unless the loop only passes control on to a place further down (dispatch.go): a
//     Go function is one big loop around a br_table. At the start of a loop that has a br_table among its ways back.
//   - Where a way through a function would cost more than maxStretch since the last look.
//   - In the helpers, before the work is done, or after the growth.
//
// Hence without its checks the flow of control through a function has no cycle, and a way without a check costs at most
// a few stretches. A call may overdraw its budget by that, by as much for each function it returns from, and by the
// price of one bulk instruction that was refused. The host sees the debt.
//
// What makes a look cheap is that nobody waits behind it: the call in a loop stands where only a branch leads to and all
// values are about to be merged anyhow (wrap.go), and the others in an else arm. Elsewhere it would cost registers on the
// way that has fuel, which is most of what metering costs.
//
// # What is exact, and what is only the same each time
//
// A call that returns has paid the price of each instruction it has run, no more and no less, on any engine and with any
// slice: Config.Oracle is the same price list without any cleverness, and tests compare the two. A call that traps has
// also paid for the rest of the blocks it was in. Both are a function of the module, the input and Costs.Version alone.
//
// # What it relies on
//
// The engine reads the same instructions in the code as this package: wasmbin makes the encoding canonical. The engine
// validates the result: metering a module that is invalid leaves it invalid. Rewrite is the last rewrite, so that
// nothing unmetered is added after it. Native stack overflow is the engine's to catch.
package meter
