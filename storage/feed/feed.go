// Package feed keeps the events of commits, so that a client that was away can be sent what it missed.
//
// # Layout
//
// One row for each commit that has events, written in the same batch as what the events tell of. Its key ends with the
// commit's sequence, so the rows lie in the order of commits, and one write serves all events of a call:
//
//	 0         1                     9
//	+---------+---------------------+-----------------------------
//	| version | seconds, big endian | event event ...
//	+---------+---------------------+-----------------------------
//
//	event: length of scopes | scopes | route | length of payload | payload      lengths and route are varints,
//	                                                                            scopes a list as in package abi
//
// There is no index by scope: a reader goes through all commits and picks what it wants. That makes writing cheap, which
// every change pays; reading is for those who come back, and Read is bounded.
//
// # Reach
//
// Trim deletes what is too old or too much, and notes in a row of its own up to where. Oldest says how far back the feed
// reaches.
package feed

import (
	"encoding/binary"
	"fmt"

	"workcell/abi"
	"workcell/storage"
	"workcell/storage/key"
)

const (
	rowVersion = 1
	headerSize = 1 + 8
)

var prefix = []byte{key.Feed}

func feedKey(sequence storage.Sequence) []byte { return key.AppendFeed(nil, uint64(sequence)) }

// Row collects the events of one call. It is used for one call after the other and keeps its buffer. One goroutine at a
// time.
type Row struct {
	bytes []byte
}

// maxKeptBytes is the largest buffer that a Row keeps.
const maxKeptBytes = 16 << 10

// Begin empties r for the events of a call at a time in Unix seconds.
func (r *Row) Begin(seconds int64) {
	if cap(r.bytes) > maxKeptBytes {
		r.bytes = nil
	}
	r.bytes = binary.BigEndian.AppendUint64(append(r.bytes[:0], rowVersion), uint64(seconds))
}

// Add adds an event. It borrows payload until return.
func (r *Row) Add(scopes []abi.Scope, route uint32, payload []byte) {
	size := 0
	for _, s := range scopes {
		size += 2 + len(s.ID)
	}
	r.bytes = binary.AppendUvarint(r.bytes, uint64(size))
	for _, s := range scopes {
		r.bytes = abi.AppendScope(r.bytes, s)
	}
	r.bytes = binary.AppendUvarint(r.bytes, uint64(route))
	r.bytes = binary.AppendUvarint(r.bytes, uint64(len(payload)))
	r.bytes = append(r.bytes, payload...)
}

// Attacher is a transaction that can write a row under the sequence of its commit.
type Attacher interface {
	Attach(prefix, value []byte) error
}

// Append puts the events into the transaction t, whose commit gives them their sequence. Without events it does nothing.
func (r *Row) Append(t Attacher) error {
	if len(r.bytes) <= headerSize {
		return nil
	}
	return t.Attach(prefix, r.bytes)
}

// Event is an event of the feed. Payload is a view, valid until visit returns.
type Event struct {
	Sequence storage.Sequence // of the commit
	Seconds  int64            // Unix time
	Scopes   []abi.Scope
	Route    uint32
	Payload  []byte
}

// decoder reads a row.
type decoder struct {
	event Event
	rest  []byte
}

// open reads the header of a row.
func (d *decoder) open(rowKey, value []byte) error {
	if len(rowKey) != len(prefix)+8 || len(value) < headerSize || value[0] != rowVersion {
		return fmt.Errorf("feed row of %d bytes: %w", len(value), storage.ErrCorrupt)
	}
	d.event.Sequence = storage.Sequence(binary.BigEndian.Uint64(rowKey[len(prefix):]))
	d.event.Seconds = int64(binary.BigEndian.Uint64(value[1:]))
	d.rest = value[headerSize:]
	return nil
}

// next reads the next event of the row. It reports false at the end.
func (d *decoder) next() (ok bool, err error) {
	if len(d.rest) == 0 {
		return false, nil
	}
	scopes, okScopes := d.bytes()
	route, n := binary.Uvarint(d.rest)
	if !okScopes || n <= 0 {
		return false, d.corrupt()
	}
	d.rest = d.rest[n:]
	payload, okPayload := d.bytes()
	if !okPayload {
		return false, d.corrupt()
	}
	d.event.Scopes, d.event.Route, d.event.Payload = d.event.Scopes[:0], uint32(route), payload
	for len(scopes) > 0 {
		kind, id, rest, ok := abi.NextScope(scopes)
		if !ok {
			return false, d.corrupt()
		}
		d.event.Scopes, scopes = append(d.event.Scopes, abi.Scope{Kind: kind, ID: string(id)}), rest
	}
	return true, nil
}

// bytes takes a length and so many bytes.
func (d *decoder) bytes() (b []byte, ok bool) {
	size, n := binary.Uvarint(d.rest)
	if n <= 0 || size > uint64(len(d.rest)-n) {
		return nil, false
	}
	b, d.rest = d.rest[n:n+int(size)], d.rest[n+int(size):]
	return b, true
}

func (d *decoder) corrupt() error {
	return fmt.Errorf("events of commit %d: %w", d.event.Sequence, storage.ErrCorrupt)
}
