package storagetest

import (
	"bytes"
	"errors"
	"slices"
)

// memoryBatch is a batch of Memory.
type memoryBatch struct {
	engine  *Memory
	begun   bool
	base    state
	own     state   // sorted by key, each once; over ranges
	ranges  []bound // deleted
	count   int
	applied int // number of the apply that awaits its sync, 0 if none
	view    []byte
}

// bound is lo <= key < hi.
type bound struct{ lo, hi []byte }

var errNotBegun = errors.New("batch is used before Begin or after Apply")

func (b *memoryBatch) Begin() error {
	b.Reset()
	base, err := b.engine.snapshot()
	if err != nil {
		return err
	}
	b.base, b.begun = base, true
	b.engine.reached("begun")
	return nil
}

// ready spoils the last view and returns why the operation cannot be done.
func (b *memoryBatch) ready(operation string) error {
	for i := range b.view {
		b.view[i] = 0xdb
	}
	b.view = nil
	if !b.begun {
		return errNotBegun
	}
	return b.engine.fault(operation)
}

// lend returns a view of p that ready will spoil.
func (b *memoryBatch) lend(p []byte) []byte {
	b.view = bytes.Clone(p)
	return b.view
}

func (b *memoryBatch) Get(key []byte) (value []byte, found bool, err error) {
	if err := b.ready("get"); err != nil {
		return nil, false, err
	}
	if i, found := b.own.find(key); found {
		if b.own[i].deleted {
			return nil, false, nil
		}
		return b.lend(b.own[i].value), true, nil
	}
	if i, found := b.base.find(key); found {
		return b.lend(b.base[i].value), true, nil
	}
	return nil, false, nil
}

func (b *memoryBatch) Scan(lo, hi []byte, reverse bool, visit func(key, value []byte) bool) error {
	if err := b.ready("scan"); err != nil {
		return err
	}
	pairs := merge(b.base, b.own, lo, hi)
	if reverse {
		slices.Reverse(pairs)
	}
	for _, p := range pairs {
		both := append(bytes.Clone(p.key), p.value...)
		n := len(p.key)
		more := visit(both[:n:n], both[n:])
		// A stopped scan's key may still be looked at by a wrapper of visit; it is spoilt by the next operation.
		b.view = both
		if !more {
			return nil
		}
		_ = b.ready("")
	}
	return nil
}

func (b *memoryBatch) Put(key, value []byte) error {
	if err := b.ready("put"); err != nil {
		return err
	}
	b.write(pair{key: bytes.Clone(key), value: append([]byte{}, value...)})
	return nil
}

func (b *memoryBatch) Delete(key []byte) error {
	if err := b.ready("delete"); err != nil {
		return err
	}
	b.write(pair{key: bytes.Clone(key), deleted: true})
	return nil
}

func (b *memoryBatch) write(p pair) {
	b.count++
	i, found := b.own.find(p.key)
	if found {
		b.own[i] = p
		return
	}
	b.own = slices.Insert(b.own, i, p)
}

func (b *memoryBatch) DeleteRange(lo, hi []byte) error {
	if err := b.ready("delete"); err != nil {
		return err
	}
	if bytes.Compare(lo, hi) < 0 {
		b.count++
		r := bound{bytes.Clone(lo), bytes.Clone(hi)}
		b.base, b.own, b.ranges = b.base.without(r), b.own.without(r), append(b.ranges, r)
	}
	return nil
}

func (b *memoryBatch) Count() int { return b.count }

func (b *memoryBatch) Apply() error {
	if err := b.ready(""); err != nil {
		return err
	}
	b.begun, b.base = false, nil
	b.engine.reached("applying")
	number, err := b.engine.apply(b.ranges, b.own)
	b.engine.reached("applied")
	b.applied, b.own, b.ranges = number, nil, nil
	return err
}

func (b *memoryBatch) Sync() error {
	if b.applied == 0 {
		return nil
	}
	number := b.applied
	b.applied = 0
	return b.engine.sync(number)
}

func (b *memoryBatch) Reset() {
	_ = b.ready("")
	_ = b.Sync()
	b.begun, b.base, b.own, b.ranges, b.count = false, nil, nil, nil, 0
}
