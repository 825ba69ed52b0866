package wasmasm

// Program is a hand-written program: Wasm exports "run" (i32) i32.
type Program struct {
	Name string
	Wasm []byte
	Arg  uint64 // of "run"
	Big  uint64 // for benchmarks: some 20 to 100 ms
}

// Programs are small programs with the shapes of loops that compilers make.
func Programs() []Program {
	run := func(name string, arg, big uint64, functions ...Func) Program {
		return Program{name, Build(functions...), arg, big}
	}
	f := func(locals, text string) Func {
		return Func{Name: "run", Params: "i32", Results: "i32", Locals: locals, Text: text}
	}
	return []Program{
		run("xorshift", 1000, 20_000_000, f("i32", `
			i32.const 2463534242 local.set 1
			loop
			  local.get 1 local.get 1 i32.const 13 i32.shl i32.xor local.tee 1
			  local.get 1 i32.const 17 i32.shr_u i32.xor local.tee 1
			  local.get 1 i32.const 5 i32.shl i32.xor local.set 1
			  local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0
			end
			local.get 1`)),
		run("two-cycle", 1000, 50_000_000, f("", `
			loop
			  local.get 0 i32.const 1 i32.sub local.tee 0
			  br_if 0
			end
			local.get 0`)),
		run("while", 1000, 50_000_000, f("i32", `
			block loop
			  local.get 0 i32.eqz br_if 1
			  local.get 0 i32.const 1 i32.sub local.set 0
			  local.get 1 i32.const 3 i32.add local.set 1
			  br 0
			end end
			local.get 1`)),
		run("collatz", 500, 300_000, f("i64 i32", `
			;; the steps of all numbers up to the argument
			block loop
			  local.get 0 i32.eqz br_if 1
			  local.get 0 i64.extend_i32_u local.set 1
			  block loop
			    local.get 1 i64.const 1 i64.le_u br_if 1
			    local.get 2 i32.const 1 i32.add local.set 2
			    local.get 1 i64.const 1 i64.and i64.eqz
			    if
			      local.get 1 i64.const 1 i64.shr_u local.set 1
			      br 1
			    end
			    local.get 1 i64.const 3 i64.mul i64.const 1 i64.add local.set 1
			    br 0
			  end end
			  local.get 0 i32.const 1 i32.sub local.set 0
			  br 0
			end end
			local.get 2`)),
		run("fib", 15, 32, f("", `
			local.get 0 i32.const 2 i32.lt_u
			if i32
			  local.get 0
			else
			  local.get 0 i32.const 1 i32.sub call 0
			  local.get 0 i32.const 2 i32.sub call 0
			  i32.add
			end`)),
		run("dispatch", 1000, 20_000_000, f("i32 i32", `
			;; as the Go compiler does it: blocks of a function are cases of a table
			loop
			  block block block block
			    local.get 1 br_table 0,1,2,3
			  end
			    local.get 0 i32.eqz if i32.const 3 local.set 1 br 4 end
			    i32.const 1 local.set 1 br 3
			  end
			    local.get 2 local.get 0 i32.add local.set 2
			    i32.const 2 local.set 1 br 2
			  end
			    local.get 0 i32.const 1 i32.sub local.set 0
			    i32.const 0 local.set 1 br 1
			  end
			  local.get 2 return
			end
			unreachable`)),
		run("byte scan", 60_000, 60_000, f("i32 i32", `
			;; fill, then count the bytes that are 7, and then some more of both
			i32.const 20 local.set 2
			loop
			  i32.const 0 local.get 2 local.get 0 memory.fill
			  i32.const 0 i32.const 30000 local.get 0 i32.const 1 i32.shr_u memory.copy
			  block loop
			    local.get 0 i32.eqz br_if 1
			    local.get 0 i32.const 1 i32.sub local.tee 0
			    i32.load8_u i32.const 7 i32.eq
			    if local.get 1 i32.const 1 i32.add local.set 1 end
			    br 0
			  end end
			  i32.const 60000 local.set 0
			  local.get 2 i32.const 1 i32.sub local.tee 2 br_if 0
			end
			local.get 1`)),
		run("quicksort", 500, 15_000, f("i32 i32", quicksortMain), quicksort),
		run("sha256", 3, 4000, sha256Program()...),
		run("growth", 5, 5, f("i32", `
			loop
			  local.get 1 i32.const 1 memory.grow i32.add local.set 1
			  local.get 1 i32.const 100000 memory.grow i32.add local.set 1
			  local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0
			end
			local.get 1 memory.size i32.add`)),
		run("tables", 5, 100, f("i32", `
			loop
			  i32.const 2 i32.const 0 i32.const 3 table.init 1 0
			  i32.const 3 i32.const 2 i32.const 4 table.copy 0 0
			  i32.const 1 ref.func 0 i32.const 4 table.fill 0
			  local.get 1 ref.null i32.const 7 table.grow 0 i32.add local.set 1
			  i32.const 100 i32.const 3 i32.const 20 memory.init 0
			  local.get 0 i32.const 1 i32.sub local.tee 0 br_if 0
			end
			local.get 1 table.size 0 i32.add`)),
	}
}

// quicksortMain fills memory with random numbers, sorts them and adds up weighted neighbours.
const quicksortMain = `
	i32.const 12345 local.set 1
	block loop
	  local.get 2 local.get 0 i32.ge_u br_if 1
	  local.get 1 i32.const 1103515245 i32.mul i32.const 12345 i32.add local.set 1
	  local.get 2 i32.const 2 i32.shl local.get 1 i32.store
	  local.get 2 i32.const 1 i32.add local.set 2
	  br 0
	end end
	i32.const 0 local.get 0 i32.const 1 i32.sub i32.const 2 i32.shl call 1
	i32.const 0 local.set 1 i32.const 0 local.set 2
	block loop
	  local.get 2 local.get 0 i32.ge_u br_if 1
	  local.get 1 i32.const 31 i32.mul local.get 2 i32.const 2 i32.shl i32.load i32.add local.set 1
	  local.get 2 i32.const 1 i32.add local.set 2
	  br 0
	end end
	local.get 1`

// quicksort sorts the words from address 0 to address 1, both included.
var quicksort = Func{Params: "i32 i32", Locals: "i32 i32 i32 i32", Text: `
	local.get 0 local.get 1 i32.ge_s if return end
	local.get 0 local.set 2 local.get 1 local.set 3
	local.get 0 local.get 1 i32.add i32.const 3 i32.shr_u i32.const 2 i32.shl i32.load local.set 4
	loop
	  block loop
	    local.get 2 i32.load local.get 4 i32.ge_u br_if 1
	    local.get 2 i32.const 4 i32.add local.set 2
	    br 0
	  end end
	  loop
	    local.get 3 i32.load local.get 4 i32.gt_u
	    if
	      local.get 3 i32.const 4 i32.sub local.set 3
	      br 1
	    end
	  end
	  local.get 2 local.get 3 i32.le_s
	  if
	    local.get 2 i32.load local.set 5
	    local.get 2 local.get 3 i32.load i32.store
	    local.get 3 local.get 5 i32.store
	    local.get 2 i32.const 4 i32.add local.set 2
	    local.get 3 i32.const 4 i32.sub local.set 3
	  end
	  local.get 2 local.get 3 i32.le_s br_if 0
	end
	local.get 0 local.get 3 call 1
	local.get 2 local.get 1 call 1`}
