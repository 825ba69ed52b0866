package txn

import (
	"encoding/binary"
	"fmt"

	"workcell/storage"
)

// metaName names the row that every commit writes. It says where a restarted store goes on.
//
//	 0        1                   9             17
//	+---------+-------------------+-------------+
//	| version | sequence, big end | ms, big end |
//	+---------+-------------------+-------------+
const metaName = "last-commit"

const (
	metaVersion = 1
	metaSize    = 17
)

type meta struct {
	sequence storage.Sequence
	timeMs   int64
}

func (m meta) append(dst []byte) []byte {
	dst = append(dst, metaVersion)
	dst = binary.BigEndian.AppendUint64(dst, uint64(m.sequence))
	return binary.BigEndian.AppendUint64(dst, uint64(m.timeMs))
}

func decodeMeta(row []byte) (meta, error) {
	if len(row) != metaSize || row[0] != metaVersion {
		return meta{}, fmt.Errorf("row %s of %d bytes: %w", metaName, len(row), storage.ErrCorrupt)
	}
	return meta{
		sequence: storage.Sequence(binary.BigEndian.Uint64(row[1:])),
		timeMs:   int64(binary.BigEndian.Uint64(row[9:])),
	}, nil
}

// readMeta returns the last commit of the engine, or the zero meta if it has none.
func (s *Store) readMeta() (meta, error) {
	batch := s.engine.NewBatch()
	defer batch.Reset()
	if err := batch.Begin(); err != nil {
		return meta{}, err
	}
	row, found, err := batch.Get(s.metaKey)
	if err != nil || !found {
		return meta{}, err
	}
	return decodeMeta(row)
}
