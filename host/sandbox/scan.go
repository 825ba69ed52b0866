package sandbox

import "workcell/abi"

// Scan puts the pairs of a data set with lo <= key < hi into buf, as kv_scan does: straight from the storage, as many as
// fit and at most limit, if that is not 0. An empty hi is the end of the data set. It returns how many bytes it filled, and
// the size of the pair that did not fit.
func (c *Call) Scan(set uint32, lo, hi []byte, reverse bool, limit int, buf []byte) (filled, next int) {
	if c.pairs == nil {
		c.pairs = &pairScan{}
		c.pairs.visit = c.pairs.add
	}
	from, to, prefix := c.rangeOf(set, lo, hi)
	p := c.pairs
	p.call, p.prefix, p.left, p.filled, p.next = c, prefix, limit, buf[:0], 0
	defer func() { p.call, p.filled = nil, nil }() // after a trap, too
	if err := c.Txn().Scan(from, to, reverse, p.visit); err != nil {
		c.Abort(err)
	}
	return len(p.filled), p.next
}

// pairScan fills the buffer of a guest. A Call keeps one, so that a scan allocates nothing.
type pairScan struct {
	call   *Call
	visit  func(key, value []byte) (more bool) // add, bound once
	prefix int                                 // length of what a key in the store has before the guest's
	left   int                                 // pairs until the limit; below 1: there is none
	filled []byte
	next   int
}

func (p *pairScan) add(key, value []byte) bool {
	key = key[p.prefix:]
	size := abi.PairOverhead + len(key) + len(value)
	p.call.ChargeScan(size)
	if size > cap(p.filled)-len(p.filled) {
		p.next = size
		return false
	}
	p.filled = abi.AppendPair(p.filled, key, value)
	p.left--
	return p.left != 0
}
