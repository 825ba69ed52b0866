package hostcall

import (
	"strings"

	"workcell/abi"
	"workcell/host/sandbox"
)

// context: who asks, when, and what the operator configured.
var context = []sandbox.Function{
	function("identity", "ii:i", identity),
	function("config_get", "iiii:i", configGet),
	function("now_ms", ":l", nowMS),
	function("random", "ii:", random),
	function("log", "iii:", log),
}

// identity(ptr, cap) i32
func identity(c *sandbox.Call, stack []uint64) {
	c.Handling()
	who := c.Identity
	if who == nil {
		who = &abi.Identity{}
	}
	buf := bytes(c, stack, 0)
	encoded := abi.AppendIdentity(buf[:0:len(buf)], who) // in place, if it fits
	stack[0] = uint64(uint32(len(encoded)))
	copy(buf, encoded)
}

// config_get(key, key_len, buf, cap) i32
func configGet(c *sandbox.Call, stack []uint64) {
	c.Handling()
	value, found := c.Settings[string(bytes(c, stack, 0))]
	if !found {
		bytes(c, stack, 2)
		stack[0] = absent()
		return
	}
	stack[0] = copyOut(c, stack, 2, value)
}

// now_ms() i64
func nowMS(c *sandbox.Call, stack []uint64) {
	c.Handling()
	stack[0] = uint64(c.NowMS)
}

// random(ptr, len)
func random(c *sandbox.Call, stack []uint64) {
	p := bytes(c, stack, 0)
	if len(p) > abi.MaxRandomBytes {
		c.Trap(sandbox.ReasonArgument, "too many random bytes at once")
	}
	_, _ = c.Random().Read(p) // never fails
}

// log(level, ptr, len): lines beyond the limit are dropped, so that talking is no way to fail.
func log(c *sandbox.Call, stack []uint64) {
	level, line := u32(stack, 0), bytes(c, stack, 1)
	if level > abi.LogError {
		c.Trap(sandbox.ReasonArgument, "the log level is unknown")
	}
	if c.Effects.LogLines++; c.Effects.LogLines > c.Limits.LogLines || c.Log == nil {
		return
	}
	c.Log(int(level), strings.ToValidUTF8(string(line[:min(len(line), abi.MaxLogLineBytes)]), "\uFFFD"))
}
