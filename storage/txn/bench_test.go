package txn_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"workcell/storage"
	"workcell/storage/lsm"
	"workcell/storage/txn"
)

// BenchmarkCommit measures durable transactions of a typical shape: 2 reads, 1 scan of 10 rows, 4 writes.
//
//	go test ./storage/txn -run - -bench Commit -benchtime 3s
func BenchmarkCommit(b *testing.B) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("sync/clients=%d", clients), func(b *testing.B) { benchmarkCommit(b, clients) })
	}
}

const benchRecords = 10_000

func benchmarkCommit(b *testing.B, clients int) {
	engine, err := lsm.Open(b.TempDir(), lsm.Options{})
	if err != nil {
		b.Fatal(err)
	}
	s, err := txn.Open(engine, txn.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	fill(b, s)
	var next, conflicts atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			w := benchWork{value: make([]byte, 200)}
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				for {
					err := w.run(s, uint64(n))
					if err == nil {
						break
					}
					if !errors.Is(err, storage.ErrConflict) {
						b.Error(err)
						return
					}
					conflicts.Add(1)
				}
			}
		})
	}
	group.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	b.ReportMetric(float64(conflicts.Load())/float64(b.N), "conflicts/op")
}

func fill(b *testing.B, s *txn.Store) {
	w := benchWork{value: make([]byte, 200)}
	for from := uint64(0); from < benchRecords; from += 1000 {
		tx, err := s.Begin()
		if err != nil {
			b.Fatal(err)
		}
		for i := range uint64(1000) {
			if err := tx.Put(w.key('r', from+i), w.value); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := tx.Commit(1, nil); err != nil {
			b.Fatal(err)
		}
		tx.Discard()
	}
}

type benchWork struct {
	value []byte
	keys  [5][9]byte
}

func (w *benchWork) key(table byte, id uint64) []byte {
	k := &w.keys[table%5]
	k[0] = table
	binary.BigEndian.PutUint64(k[1:], id)
	return k[:]
}

func (w *benchWork) run(s *txn.Store, n uint64) error {
	tx, err := s.Begin()
	if err != nil {
		return err
	}
	defer tx.Discard()
	id := n * 7919 % benchRecords
	if _, _, err := tx.Get(w.key('i', n)); err != nil {
		return err
	}
	if _, _, err := tx.Get(w.key('r', id)); err != nil {
		return err
	}
	rows := 0
	lo, hi := w.key('r', id), w.key('s', 0)
	if err := tx.Scan(lo, hi, false, func(_, _ []byte) bool { rows++; return rows < 10 }); err != nil {
		return err
	}
	for _, put := range []struct {
		table byte
		id    uint64
		size  int
	}{{'r', id, 200}, {'x', id, 16}, {'a', n, 100}, {'i', n, 50}} {
		if err := tx.Put(w.key(put.table, put.id), w.value[:put.size]); err != nil {
			return err
		}
	}
	if _, err := tx.Commit(1, nil); err != nil {
		return err
	}
	return tx.Wait()
}
