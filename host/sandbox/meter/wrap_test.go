package meter_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmasm"
	"workcell/host/sandbox/wasmbin"
)

// A wrapped loop has two more blocks inside: branches must still lead where they did, whatever they cross.
func TestBranchesOfWrappedLoops(t *testing.T) {
	f := func(locals, text string) wasmasm.Func {
		return wasmasm.Func{Name: "run", Params: "i32", Results: "i32", Locals: locals, Text: text}
	}
	for _, c := range []struct {
		name string
		f    wasmasm.Func
	}{
		{"out of two loops", f("i32", `
			block loop loop
			  local.get 1 i32.const 1 i32.add local.tee 1 i32.const 5 i32.gt_u br_if 2
			  local.get 1 i32.const 3 i32.eq br_if 1
			  br 0
			end end end
			local.get 1`)},
		{"a table beside and out of a loop", f("i32", `
			block block loop
			  local.get 1 i32.const 1 i32.add local.set 1
			  block block
			    local.get 1 i32.const 3 i32.and br_table 0,1,1,3
			  end
			    local.get 1 i32.const 10 i32.add local.set 1
			  end
			  br 0
			end end
			  local.get 1 i32.const 100 i32.add local.set 1
			end
			local.get 1`)},
		{"a table back to the loop", f("i32", `
			block loop
			  local.get 1 i32.const 1 i32.add local.tee 1 i32.const 9 i32.eq br_table 0,1
			end end
			local.get 1`)},
		{"a loop with a result", f("i32", `
			loop i32
			  local.get 1 i32.const 1 i32.add local.tee 1 i32.const 7 i32.lt_u br_if 0
			  local.get 1 i32.const 3 i32.mul
			end`)},
		{"a loop with a result that ends in dead code", f("i32", `
			block i32 loop i32
			  local.get 1 i32.const 1 i32.add local.tee 1 i32.const 7 i32.lt_u br_if 0
			  local.get 1 br 1
			  i32.const 4
			end end`)},
		{"branches in dead code", f("i32", `
			block loop
			  local.get 1 i32.const 1 i32.add local.tee 1 i32.const 7 i32.lt_u br_if 0
			  br 1
			  block br 0 br 1 br 2 br 3 end i32.const 1 br_if 1 i32.const 0 br_table 0,1,1
			end end
			local.get 1`)},
		{"operands below the branch", f("i32", `
			i32.const 1000
			loop i32
			  i32.const 50
			  local.get 1 i32.const 1 i32.add local.tee 1 i32.const 7 i32.lt_u br_if 0
			  local.get 1 i32.add
			end
			i32.add`)},
		{"return from inside", f("i32", `
			loop
			  local.get 1 i32.const 1 i32.add local.tee 1 i32.const 7 i32.gt_u if local.get 1 return end
			  br 0
			end
			i32.const 3`)},
	} {
		plain := wasmasm.Build(c.f)
		metered, oracle := instrument(t, plain, meter.Config{}), instrument(t, plain, meter.Config{Oracle: true})
		if err := checkFlow(plain, metered, flowBound); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		for _, slice := range []int64{1, 7, 1000} {
			fast, slow := newGuest(t, "compiler", metered, ample, slice).call("run", 1), newGuest(t, "compiler", oracle, ample, slice).call("run", 1)
			if fast.trap != "" || !reflect.DeepEqual(fast, slow) {
				t.Errorf("%s: with slices of %d: %+v, charged one by one %+v", c.name, slice, fast, slow)
			}
		}
	}
}

func TestAFunctionWithTooManyBlocksIsRefused(t *testing.T) {
	ifs := func(n int) []byte {
		return wasmasm.Build(wasmasm.Func{Name: "run", Params: "i32", Text: strings.Repeat("local.get 0 if local.get 0 drop end ", n)})
	}
	instrument(t, ifs(meter.MaxBlocks*9/10), meter.Config{})
	if _, err := meter.Instrument(ifs(meter.MaxBlocks), meter.Config{}); err == nil || !strings.Contains(err.Error(), "the limit is 10000") {
		t.Error(err)
	}
}

// What stands behind a block that all must get through is paid before it: one charge for two pieces of code.
func TestTheCodeBehindABlockIsPaidBeforeIt(t *testing.T) {
	charge := bytes.TrimSuffix(wasmasm.Assemble("i64.sub global.set 1"), []byte{byte(wasmbin.OpEnd)})
	for text, want := range map[string]int{
		"local.get 0 drop": 1,
		"block local.get 0 br_if 0 end local.get 0 drop":                              1,
		"block local.get 0 br_if 0 local.get 0 drop end local.get 0 drop":             2,
		"block local.get 0 br_if 0 br 0 end local.get 0 drop":                         2,
		"local.get 0 if local.get 0 drop else local.get 0 drop end local.get 0 drop":  3,
		"local.get 0 if local.get 0 drop return end local.get 0 drop":                 3,
		"block block local.get 0 br_if 1 end local.get 0 drop end local.get 0 drop":   2,
		"block local.get 0 if br 1 end local.get 0 drop end local.get 0 drop":         3,
		"block local.get 0 if unreachable end local.get 0 drop end local.get 0 drop":  1,
		"block block local.get 0 i32.const 1 br_table 0,1,0 end end local.get 0 drop": 1,
	} {
		m, err := wasmbin.Decode(instrument(t, wasmasm.Build(wasmasm.Func{Name: "run", Params: "i32", Text: text}), meter.Config{}))
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Count(m.Code[0].Code, charge); got != want {
			t.Errorf("%s: %d charges, want %d", text, got, want)
		}
	}
}
