package hostcall

import (
	"fmt"

	"workcell/abi"
	"workcell/host/sandbox"
)

// store: the call's transaction, seen through the data sets of the manifest.
var store = []sandbox.Function{
	function("kv_get", "iiiii:i", kvGet),
	function("kv_put", "iiiii:", kvPut),
	function("kv_delete", "iii:", kvDelete),
	function("kv_scan", "iiiiiiii:l", kvScan),
}

// guestKey is the guest's key in parameters i and i+1.
func guestKey(c *sandbox.Call, stack []uint64, i int) []byte {
	k := bytes(c, stack, i)
	if len(k) == 0 || len(k) > abi.MaxKeyBytes {
		c.Trap(sandbox.ReasonArgument, fmt.Sprintf("a key has 1 to %d bytes, not %d", abi.MaxKeyBytes, len(k)))
	}
	return k
}

// kv_get(set, key, key_len, buf, cap) i32
func kvGet(c *sandbox.Call, stack []uint64) {
	c.Handling()
	value, found, err := c.Txn().Get(c.KeyOf(u32(stack, 0), guestKey(c, stack, 1), false))
	if err != nil {
		c.Abort(err)
	}
	if !found {
		bytes(c, stack, 3)
		stack[0] = absent()
		return
	}
	stack[0] = copyOut(c, stack, 3, value)
}

// kv_put(set, key, key_len, val, val_len)
func kvPut(c *sandbox.Call, stack []uint64) {
	c.Handling()
	k, value := guestKey(c, stack, 1), bytes(c, stack, 3)
	if len(value) > abi.MaxValueBytes {
		c.Trap(sandbox.ReasonArgument, fmt.Sprintf("a value has at most %d bytes, not %d", abi.MaxValueBytes, len(value)))
	}
	c.ChargeWrite(len(k) + len(value))
	if err := c.Txn().Put(c.KeyOf(u32(stack, 0), k, true), value); err != nil {
		c.Abort(err)
	}
}

// kv_delete(set, key, key_len)
func kvDelete(c *sandbox.Call, stack []uint64) {
	c.Handling()
	k := guestKey(c, stack, 1)
	c.ChargeWrite(len(k))
	if err := c.Txn().Delete(c.KeyOf(u32(stack, 0), k, true)); err != nil {
		c.Abort(err)
	}
}

// kv_scan(set, lo, lo_len, hi, hi_len, flags, buf, cap) i64: an empty hi is the end of the data set.
func kvScan(c *sandbox.Call, stack []uint64) {
	c.Handling()
	lo, hi, buf := bytes(c, stack, 1), bytes(c, stack, 3), bytes(c, stack, 6)
	reverse, limit, ok := abi.ParseScanFlags(u32(stack, 5))
	if len(lo) > abi.MaxKeyBytes+1 || len(hi) > abi.MaxKeyBytes+1 || !ok {
		c.Trap(sandbox.ReasonArgument, "bounds are too long, or flags are unknown")
	}
	filled, next := c.Scan(u32(stack, 0), lo, hi, reverse, limit, buf)
	stack[0] = abi.PackScan(uint32(filled), uint32(next))
}
