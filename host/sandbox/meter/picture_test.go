package meter_test

import (
	"bytes"
	"testing"

	"workcell/host/sandbox/meter"
	"workcell/host/sandbox/wasmasm"
	"workcell/host/sandbox/wasmbin"
)

// The picture in the package's documentation: a function that adds up the bytes of a string that ends with a zero.
func TestThePictureIsTrue(t *testing.T) {
	plain := wasmasm.Build(wasmasm.Func{Name: "sum", Params: "i32", Results: "i32", Locals: "i32", Text: `
		block
		  loop
		    local.get 0 i32.load8_u i32.eqz br_if 1
		    local.get 1 local.get 0 i32.load8_u i32.add local.set 1
		    local.get 0 i32.const 1 i32.add local.set 0
		    br 0
		  end
		end
		local.get 1`})
	want := wasmasm.Assemble(`
		global.get 1 i64.const 5 i64.sub global.set 1
		global.get 1 i64.const 0 i64.ge_s if else call 2 end
		block
		  loop
		    block
		      block
		        local.get 0 i32.load8_u i32.eqz br_if 3
		        global.get 1 i64.const 14 i64.sub global.set 1
		        local.get 1 local.get 0 i32.load8_u i32.add local.set 1
		        local.get 0 i32.const 1 i32.add local.set 0
		        global.get 1 i64.const 0 i64.lt_s br_if 0
		        br 2
		        br 1
		      end
		      call 2
		      br 1
		    end
		  end
		end
		local.get 1`)
	m, err := wasmbin.Decode(instrument(t, plain, meter.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(m.Code[0].Code, want) {
		t.Errorf("metered:\n% x\nwant:\n% x", m.Code[0].Code, want)
	}
	if slow := wasmasm.Assemble(`global.get 1 call 0 global.set 1`); !bytes.Equal(m.Code[1].Code, slow) {
		t.Errorf("the helper is\n% x\nwant:\n% x", m.Code[1].Code, slow)
	}
}
