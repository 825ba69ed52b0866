package board

import (
	"workcell/guests/board/pm"
	"workcell/guests/guest"
)

// A listWriter replies with a list whose elements, in field 1, are made of stored bytes. The reply leaves in pieces:
// nothing is freed during a call, so a buffer that grew by doubling would leave all its former selves behind.
type listWriter struct {
	c   *guest.Call
	buf []byte
}

const listPiece = 8 << 10

// add adds the record found under key as it is stored.
func (w *listWriter) add(key, value []byte) error {
	message, err := body(key, value)
	if err != nil {
		return err
	}
	if !pm.Valid(message) {
		return undecoded(key)
	}
	w.buf = pm.AppendVarint(append(w.buf, 1<<3|lengthType), uint64(len(message)))
	w.buf = append(w.buf, message...)
	w.spill()
	return nil
}

// spill sends what has gathered if it is a piece.
func (w *listWriter) spill() {
	if len(w.buf) >= listPiece {
		w.flush()
	}
}

// flush sends the rest.
func (w *listWriter) flush() {
	w.c.Reply(w.buf)
	w.buf = w.buf[:0]
}
