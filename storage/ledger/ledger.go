// Package ledger keeps idempotency records: the reply that a message got, stored in the same transaction as the message's
// effects, so that a repeated message gets the first reply and is not executed again.
//
// # Key and life
//
// A record is found by user and message id. Its key begins with a time bucket of 8 hours, so that old records lie together
// and are swept from the front of the table by one range delete (Expire). A record is written into the bucket of the
// transaction's time and looked up in that bucket and the one before. So it lives between 8 hours (written as its bucket
// ends) and 16 hours (as it begins); the protocol wants at least 1 and at most 24.
//
// In the last hour of a bucket the one after is looked up too, for a race: two copies of one message may run at once, one
// on each side of a border. The later one reads the earlier one's bucket as "the one before"; only because the earlier one
// reads "the one after" is each one's record in the other's read set, so that whichever commits second conflicts, runs
// again and finds the reply. An hour is longer than any two calls overlap, and than clocks are set back.
//
// # Record
//
//	 0         1                9              41
//	+---------+----------------+--------------+---------
//	| version | ms, big endian | digest       | reply ...
//	+---------+----------------+--------------+---------
//
// The digest covers the payload's number and bytes: the same id with another request is an error of the caller, not a
// repetition.
package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"

	"workcell/storage"
	"workcell/storage/key"
)

const (
	bucketMs = 8 * 60 * 60 * 1000
	borderMs = 60 * 60 * 1000 // at the end of a bucket
	maxAgeMs = 24 * 60 * 60 * 1000

	recordVersion = 1
	headerSize    = 1 + 8 + 32
)

// Outcome says what is known about a message.
type Outcome uint8

const (
	Unknown Outcome = iota // never seen, or forgotten: execute it
	Replay                 // executed before: answer with the stored reply
	Reused                 // the id was used for another request: refuse it
)

func (o Outcome) String() string {
	switch o {
	case Unknown:
		return "unknown"
	case Replay:
		return "replay"
	case Reused:
		return "reused"
	}
	return fmt.Sprintf("outcome %d", uint8(o))
}

// Entry is one message as the ledger sees it, to be used for one message after the other: it keeps its buffers. The zero
// Entry is ready. One goroutine at a time.
type Entry struct {
	user      [16]byte
	messageID []byte
	digest    [32]byte
	nowMs     int64

	hash   hash.Hash
	key    []byte
	stored []byte
}

// Begin makes e the entry of a message: its user, its id, which must not be empty (such messages have no idempotency),
// and what it asks for, the number and the bytes of its payload. nowMs is the time of the call. It retains messageID until
// the next Begin or Reset, and borrows payload until return.
func (e *Entry) Begin(user [16]byte, messageID []byte, number uint32, payload []byte, nowMs int64) {
	if e.hash == nil {
		e.hash = sha256.New()
	}
	e.user, e.messageID, e.nowMs = user, messageID, nowMs
	e.hash.Reset()
	e.key = binary.BigEndian.AppendUint32(e.key[:0], number)
	e.hash.Write(e.key)
	e.hash.Write(payload)
	e.hash.Sum(e.digest[:0])
}

// maxKeptBytes is the largest buffer that Reset keeps.
const maxKeptBytes = 16 << 10

// Reset lets go of the message, and of what a large one has blown up.
func (e *Entry) Reset() {
	e.messageID = nil
	if cap(e.stored) > maxKeptBytes {
		e.stored = nil
	}
}

// Lookup tells whether the message was executed before. It reads with r, so the answer is part of the transaction's read
// set. On Replay, reply is a view, valid until the next call on r; else it is nil. A record that does not decode gives
// storage.ErrCorrupt.
func (e *Entry) Lookup(r storage.Reader) (outcome Outcome, reply []byte, err error) {
	bucket := bucketOf(e.nowMs)
	near := [...]uint32{bucket, bucket - 1, bucket + 1} // in the order of likelihood; wrapping round finds nothing
	places := near[:2]
	if bucketOf(e.nowMs+borderMs) != bucket {
		places = near[:]
	}
	for _, b := range places {
		e.key = key.AppendLedger(e.key[:0], b, e.user, e.messageID)
		stored, found, err := r.Get(e.key)
		if err != nil {
			return Unknown, nil, fmt.Errorf("look up message: %w", err)
		}
		if !found {
			continue
		}
		rec, err := decode(stored)
		switch {
		case err != nil:
			return Unknown, nil, err
		case e.nowMs-rec.createdMs > maxAgeMs: // the clock was set
			continue
		case rec.digest != e.digest:
			return Reused, nil, nil
		}
		return Replay, rec.reply, nil
	}
	return Unknown, nil, nil
}

// Record stores the reply of the message, in the transaction that has executed it. Replies of failed messages are not
// recorded. Borrows reply until return.
func (e *Entry) Record(w storage.Writer, reply []byte) error {
	e.key = key.AppendLedger(e.key[:0], bucketOf(e.nowMs), e.user, e.messageID)
	e.stored = binary.BigEndian.AppendUint64(append(e.stored[:0], recordVersion), uint64(e.nowMs))
	e.stored = append(e.stored, e.digest[:]...)
	e.stored = append(e.stored, reply...)
	if err := w.Put(e.key, e.stored); err != nil {
		return fmt.Errorf("record message: %w", err)
	}
	return nil
}

// record is a decoded record. Its reply is a view into the stored bytes.
type record struct {
	createdMs int64
	digest    [32]byte
	reply     []byte
}

func decode(stored []byte) (record, error) {
	if len(stored) < headerSize || stored[0] != recordVersion {
		return record{}, fmt.Errorf("idempotency record of %d bytes: %w", len(stored), storage.ErrCorrupt)
	}
	return record{
		createdMs: int64(binary.BigEndian.Uint64(stored[1:])),
		digest:    [32]byte(stored[9:headerSize]),
		reply:     stored[headerSize:],
	}, nil
}

// bucketOf returns the time bucket of a Unix time in ms; times before 1970 count as 1970.
func bucketOf(nowMs int64) uint32 {
	return uint32(max(nowMs, 0) / bucketMs)
}
