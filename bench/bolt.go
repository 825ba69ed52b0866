package main

import (
	"bytes"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"
)

// boltStore is bbolt, which groups transactions in Batch.
type boltStore struct{ db *bolt.DB }

var bucket = []byte("b")

func openBolt(path string, records int) (store, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		return nil, err
	}
	db.MaxBatchDelay, db.MaxBatchSize = 500*time.Microsecond, 256
	if err := fillBolt(db, records); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &boltStore{db}, nil
}

func fillBolt(db *bolt.DB, records int) error {
	w := newWork(1)
	for from := 0; from < records; from += 10_000 {
		err := db.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(bucket)
			for id := from; id < min(from+10_000, records) && err == nil; id++ {
				w.set(uint64(id))
				err = errors.Join(b.Put(bytes.Clone(w.record), w.recordValue), b.Put(bytes.Clone(w.index), w.indexValue))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *boltStore) do(w *work) error {
	return s.db.Batch(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucket)
		if b.Get(w.message) != nil {
			return errSeen
		}
		b.Get(w.record)
		rows, cursor := 0, b.Cursor()
		for k, _ := cursor.Seek(w.lo); k != nil && bytes.Compare(k, w.hi) < 0 && rows < scanRows; k, _ = cursor.Next() {
			rows++
		}
		return errors.Join(b.Put(w.record, w.recordValue), b.Put(w.index, w.indexValue),
			b.Put(w.history, w.historyValue), b.Put(w.message, w.messageValue))
	})
}

func (s *boltStore) close() error { return s.db.Close() }
