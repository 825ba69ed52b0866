package main

import (
	"encoding/binary"
	"math/rand/v2"
	"sync/atomic"
)

// owners is how many owners the records have; a scan reads the index of one.
const owners = 10_000

// scanRows is how many rows a scan reads at most.
const scanRows = 10

// serial numbers the rows that are only ever added.
var serial atomic.Uint64

// work is a client's next transaction, and room for its keys and values: it reads the message and the record, scans the
// index of the record's owner, and writes the record, its index entry, a row of history, and the message.
type work struct {
	random *rand.Rand

	record, index, history, message []byte // keys
	lo, hi                          []byte // of the index of one owner
	recordValue                     []byte
	indexValue, historyValue        []byte
	messageValue                    []byte

	rows  int // scanned
	visit func(key, value []byte) bool
}

func newWork(seed uint64) *work {
	w := &work{
		random:      rand.New(rand.NewPCG(seed, 7)),
		recordValue: make([]byte, 200), indexValue: make([]byte, 16), historyValue: make([]byte, 100), messageValue: make([]byte, 50),
	}
	for i := range w.recordValue {
		w.recordValue[i] = byte(w.random.Uint32())
	}
	w.visit = func(_, _ []byte) bool { w.rows++; return w.rows < scanRows }
	return w
}

// next draws a transaction on one of so many records.
func (w *work) next(records int) {
	id, n := w.random.Uint64N(uint64(records)), serial.Add(1)
	w.set(id)
	w.lo = append(w.lo[:0], w.index[:5]...)
	w.hi = binary.BigEndian.AppendUint32(append(w.hi[:0], 'x'), uint32(id%owners)+1)
	w.history = binary.BigEndian.AppendUint64(append(w.history[:0], 'a'), n)
	w.message = binary.BigEndian.AppendUint64(append(w.message[:0], 'i'), w.random.Uint64())
	w.message = binary.BigEndian.AppendUint64(w.message, n)
	w.recordValue[0]++
	w.rows = 0
}

// set makes the keys of a record.
func (w *work) set(id uint64) {
	w.record = binary.BigEndian.AppendUint64(append(w.record[:0], 'r'), id)
	w.index = binary.BigEndian.AppendUint32(append(w.index[:0], 'x'), uint32(id%owners))
	w.index = binary.BigEndian.AppendUint64(w.index, id)
}

// store is one of those that are compared.
type store interface {
	// do makes one transaction durable. Safe for concurrent use with different works.
	do(w *work) error
	close() error
}
