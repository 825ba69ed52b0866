package hostcall

import (
	"strings"

	"workcell/abi"
	"workcell/host/sandbox"
)

// message: the request and the reply.
var message = []sandbox.Function{
	function("input_read", "iii:i", inputRead),
	function("output_write", "ii:", outputWrite),
	function("fail", "iiiii:", fail),
}

// input_read(ptr, off, len) i32
func inputRead(c *sandbox.Call, stack []uint64) {
	c.Handling()
	buf := c.Bytes(u32(stack, 0), u32(stack, 2))
	off := min(int(u32(stack, 1)), len(c.Input))
	stack[0] = uint64(copy(buf, c.Input[off:]))
}

// output_write(ptr, len)
func outputWrite(c *sandbox.Call, stack []uint64) {
	if !c.Describing() {
		c.Handling()
	}
	p := bytes(c, stack, 0)
	c.ChargeReply(len(p))
	c.Effects.Reply = append(c.Effects.Reply, p...)
}

// fail(code, field, field_len, message, message_len): texts are cut at abi.MaxFailBytes and made valid UTF-8; a code that
// does not exist becomes an internal error. The last call counts.
func fail(c *sandbox.Call, stack []uint64) {
	c.Handling()
	code := abi.Code(u32(stack, 0))
	if !code.Valid() {
		code = abi.CodeInternal
	}
	c.Effects.Refusal = sandbox.Refusal{Code: code, Field: text(bytes(c, stack, 1)), Message: text(bytes(c, stack, 3))}
}

// text copies a text that a guest wrote for people.
func text(p []byte) string {
	return strings.ToValidUTF8(string(p[:min(len(p), abi.MaxFailBytes)]), "\uFFFD")
}
