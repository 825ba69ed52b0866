package sandbox

import "fmt"

// dataSet is a data set of a manifest.
type dataSet struct {
	prefix []byte // of all its keys in the store
	end    []byte // of the prefix's range
	write  bool   // declared for writing
}

// KeyOf returns the key in the store of a guest's key in its data set number set: a view, valid until the next KeyOf or
// Scan. A set the manifest does not declare is a trap, and so is writing to one declared for reading.
func (c *Call) KeyOf(set uint32, key []byte, write bool) []byte {
	c.key = append(append(c.key[:0], c.dataSet(set, write).prefix...), key...)
	return c.key
}

// rangeOf is KeyOf for the bounds of a range, an empty hi being the end of the data set. prefix is the length of what keys
// have before the guest's own part.
func (c *Call) rangeOf(set uint32, lo, hi []byte) (from, to []byte, prefix int) {
	s := c.dataSet(set, false)
	c.key = append(append(c.key[:0], s.prefix...), lo...)
	n := len(c.key)
	if len(hi) == 0 {
		c.key = append(c.key, s.end...)
	} else {
		c.key = append(append(c.key, s.prefix...), hi...)
	}
	return c.key[:n:n], c.key[n:], len(s.prefix)
}

func (c *Call) dataSet(set uint32, write bool) *dataSet {
	sets := c.module.dataSets
	if uint64(set) >= uint64(len(sets)) {
		c.Trap(ReasonDataSet, fmt.Sprintf("data set %d is not declared", set))
	}
	if write && (c.ReadOnly || !sets[set].write) {
		c.Trap(ReasonReadOnly, "a read route, or a data set declared for reading, cannot be written")
	}
	return &sets[set]
}
