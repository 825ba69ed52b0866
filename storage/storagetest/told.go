package storagetest

import "workcell/storage"

// Told is a txn.Waiter made of a function.
type Told func(storage.Sequence, error)

// Durable implements txn.Waiter.
func (f Told) Durable(sequence storage.Sequence, err error) { f(sequence, err) }
