package main

import (
	"errors"

	"workcell/storage"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// ours is the product's storage.
type ours struct{ store *txn.Store }

// The sizes of the engine's memory: for the comparison, and on the smallest box.
var (
	tuned = lsm.Options{CacheMiB: 64, MemtableMiB: 16}
	small = lsm.Options{CacheMiB: 4, MemtableMiB: 2}
)

func openOurs(dir string, records int) (store, error) { return openOursWith(dir, records, tuned) }

func openOursWith(dir string, records int, options lsm.Options) (*ours, error) {
	engine, err := lsm.Open(dir, options)
	if err != nil {
		return nil, err
	}
	s, err := txn.Open(engine, txn.Config{})
	if err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	o := &ours{s}
	if err := errors.Join(o.fill(records), engine.Flush()); err != nil {
		return nil, errors.Join(err, o.close())
	}
	return o, nil
}

func (o *ours) close() error { return o.store.Close() }

// fill writes the records.
func (o *ours) fill(records int) error {
	w := newWork(1)
	for from := 0; from < records; from += 1000 {
		t, err := o.store.Begin()
		if err != nil {
			return err
		}
		for id := from; id < min(from+1000, records) && err == nil; id++ {
			w.set(uint64(id))
			err = errors.Join(t.Put(w.record, w.recordValue), t.Put(w.index, w.indexValue))
		}
		if err == nil {
			_, err = t.Commit(1, nil)
		}
		t.Discard()
		if err != nil {
			return err
		}
	}
	return nil
}

func (o *ours) do(w *work) error {
	for {
		err := o.try(w)
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}
		w.rows = 0
	}
}

var errSeen = errors.New("a message was there before")

func (o *ours) try(w *work) error {
	t, err := o.store.Begin()
	if err != nil {
		return err
	}
	defer t.Discard()
	if _, found, err := t.Get(w.message); err != nil || found {
		return errors.Join(err, errSeen)
	}
	if _, _, err := t.Get(w.record); err != nil {
		return err
	}
	if err := t.Scan(w.lo, w.hi, false, w.visit); err != nil {
		return err
	}
	if err := t.Put(w.record, w.recordValue); err != nil {
		return err
	}
	if err := t.Put(w.index, w.indexValue); err != nil {
		return err
	}
	if err := t.Put(w.history, w.historyValue); err != nil {
		return err
	}
	if err := t.Put(w.message, w.messageValue); err != nil {
		return err
	}
	if _, err := t.Commit(1, nil); err != nil {
		return err
	}
	return t.Wait()
}
