// Package key lays out the ordered keys of the store. The first byte of a key names its table:
//
//	h | kind | id                             handlers: their versions and history (storage/catalog)
//	m | name                                  host's own single rows: last commit, format version
//	f | sequence u64                          events, in the order of commits (storage/feed)
//	l | bucket u32 | user 16 | message id     idempotency records, oldest bucket first (storage/ledger)
//	d | data set | 0 | guest key              what guests store, a data set after the other
//
// Integers are big endian, so that byte order is their order. A data set's name contains no zero byte, so no key of one
// set is a prefix of, or lies between, keys of another.
package key

import "encoding/binary"

// The tables.
const (
	Catalog byte = 'h'
	Feed    byte = 'f'
	Meta    byte = 'm'
	Ledger  byte = 'l'
	Data    byte = 'd'
)

// AppendMeta appends the key of the host's row name to dst.
func AppendMeta(dst []byte, name string) []byte {
	return append(append(dst, Meta), name...)
}

// AppendCatalog appends the key of a row about handlers to dst. kind is one of storage/catalog's own.
func AppendCatalog(dst []byte, kind byte, id []byte) []byte {
	return append(append(dst, Catalog, kind), id...)
}

// AppendFeed appends the key of the events of a commit to dst.
func AppendFeed(dst []byte, sequence uint64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, Feed), sequence)
}

// AppendLedger appends the key of an idempotency record to dst.
func AppendLedger(dst []byte, bucket uint32, user [16]byte, messageID []byte) []byte {
	dst = AppendLedgerBucket(dst, bucket)
	dst = append(dst, user[:]...)
	return append(dst, messageID...)
}

// AppendLedgerBucket appends the first possible key of bucket to dst: records of older buckets sort before it.
func AppendLedgerBucket(dst []byte, bucket uint32) []byte {
	return binary.BigEndian.AppendUint32(append(dst, Ledger), bucket)
}

// AppendDataSet appends the prefix of all keys of a data set to dst. Guest keys are appended to it as they are.
func AppendDataSet(dst []byte, name string) []byte {
	return append(append(append(dst, Data), name...), 0)
}

// AppendEnd appends the first key behind all keys with the given prefix to dst: the upper bound for a scan over the
// prefix. A prefix of only 0xff bytes has no such key; tables never start with 0xff.
func AppendEnd(dst, prefix []byte) []byte {
	start := len(dst)
	dst = append(dst, prefix...)
	for i := len(dst) - 1; i >= start; i-- {
		if dst[i] != 0xff {
			dst[i]++
			return dst[:i+1]
		}
	}
	return dst[:start]
}
